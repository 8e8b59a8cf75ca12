# A volume of one active pool sent into a new thin device of another, through the metadata snapshot and
# while the volume is written: in full and as a difference, the receiver killed twenty times on the
# way, and taken up again with and without the beginning of the stream. What is not mapped is not
# provisioned at the other end, and both pools' metadata is sound afterwards.
# needs: thin_receive
. "$HERE/lib.sh"

rm -f metadata.* data.*
for pool in a b; do
  truncate -s 4M metadata.$pool
  truncate -s 96M data.$pool
done
cat >guest-script <<'END'
say() { echo "== $*"; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
fill() { # DEVICE SEED BLOCK...: blocks of 64 KiB
  device=$1 seed=$2
  shift 2
  for block; do
    yes "$seed $block" | dd of=$device bs=65536 count=1 seek=$block iflag=fullblock 2>/dev/null
  done
  sync
}
snapshot() { # NUMBER: of vol, read-only and active as snapNUMBER
  try dmsetup suspend vol
  try dmsetup message /dev/mapper/a 0 "create_snap $1 1"
  try dmsetup resume vol
  try dmsetup create --readonly snap$1 --table "0 614400 thin /dev/mapper/a $1"
  try dmsetup message /dev/mapper/a 0 reserve_metadata_snap
}
mapped() { dmsetup status $1 | cut -d ' ' -f 4; }
# send TOKEN-OR-NOTHING ARGUMENT...
send() {
  resume=${1:+--resume $1}
  shift
  thin_send -q -m $resume --size 300m "$@" /dev/vda /dev/vdb
}
# interrupted COUNT ARGUMENT...: the receiver is killed at COUNT places, then goes on to the end.
interrupted() {
  count=$1
  shift
  send "" "$@" >/tmp/stream || { echo "NOT SENT"; exit 1; }
  bytes=$(wc -c </tmp/stream)
  i=1
  while [ $i -le $count ]; do
    rm -f /tmp/pipe
    mkfifo /tmp/pipe
    thin_receive -q --state /tmp/state -i /tmp/pipe /dev/mapper/copy 2>/dev/null &
    reader=$!
    {
      head -c $((bytes / (count + 1) * i)) /tmp/stream
      touch /tmp/fed
      sleep 60
    } >/tmp/pipe 2>/dev/null &
    writer=$!
    while [ ! -e /tmp/fed ]; do sleep 0.1; done
    rm /tmp/fed
    kill -9 $reader 2>/dev/null || echo "it had ended"
    wait $reader 2>/dev/null
    kill $writer 2>/dev/null
    wait $writer 2>/dev/null
    i=$((i + 1))
  done
  # The other end is asked where it is, and sent the rest alone.
  token=$(thin_receive --token --state /tmp/state /dev/mapper/copy)
  [ -n "$token" ] || echo "it does not know where it is"
  send "$token" "$@" >/tmp/rest || { echo "NOT SENT: the rest"; exit 1; }
  try thin_receive -q --state /tmp/state -i /tmp/rest /dev/mapper/copy
  [ ! -e /tmp/state ] || echo "its state is left"
}
for tool in send receive check; do ln -s pdata_tools /sbin/thin_$tool; done
try dmsetup create a --table "0 196608 thin-pool /dev/vda /dev/vdb 128 0"
try dmsetup create b --table "0 196608 thin-pool /dev/vdc /dev/vdd 128 0"
try dmsetup message /dev/mapper/a 0 "create_thin 1"
try dmsetup message /dev/mapper/b 0 "create_thin 7"
try dmsetup create vol --table "0 614400 thin /dev/mapper/a 1"
try dmsetup create copy --table "0 614400 thin /dev/mapper/b 7"
# 300 MiB, so that there are places to go on from, of which 4 in 64 blocks are mapped.
i=0
while [ $i -lt 4800 ]; do
  yes "first $i" | dd of=/dev/mapper/vol bs=65536 count=4 seek=$i iflag=fullblock 2>/dev/null
  i=$((i + 64))
done
sync
snapshot 2
(
  i=0
  while [ ! -e /tmp/stop ]; do
    fill /dev/mapper/vol later$i $((i % 200)) 64
    i=$((i + 3))
  done
) &

say "all of it, killed ten times"
interrupted 10 --dev 2
cmp /dev/mapper/copy /dev/mapper/snap2 && echo same
[ "$(mapped copy)" = "$(mapped snap2)" ] && echo "as much is mapped"

say "a difference, killed ten times"
touch /tmp/stop
wait
try dmsetup message /dev/mapper/a 0 release_metadata_snap
try blkdiscard -o $((64 * 65536)) -l $((256 * 65536)) /dev/mapper/vol
snapshot 3
interrupted 10 --dev 3 --base 2
cmp /dev/mapper/copy /dev/mapper/snap3 && echo same

say "what is not the base stays as it is"
fill /dev/mapper/copy other 17
sha256sum /dev/mapper/copy >/tmp/copy
send "" --dev 3 --base 2 >/tmp/stream
thin_receive -q --state /tmp/state -i /tmp/stream /dev/mapper/copy >/tmp/log 2>&1 && echo "it was taken"
sha256sum -c /tmp/copy >/dev/null && echo unchanged
try dmsetup message /dev/mapper/a 0 release_metadata_snap
for device in snap2 snap3 vol copy a b; do try dmsetup remove $device; done
try thin_check /dev/vda
try thin_check /dev/vdc
END
boot_options="--timeout 1500 --file $BIN/pdata_tools:/sbin/pdata_tools"
[ -x /usr/sbin/blkdiscard ] && boot_options="$boot_options --file /usr/sbin/blkdiscard:/sbin/blkdiscard"
boot guest-script metadata.a data.a metadata.b data.b
cat >expected <<'END'
== all of it, killed ten times
same
as much is mapped
== a difference, killed ten times
same
== what is not the base stays as it is
unchanged
END
same_output expected guest
