# thin_migrate from thin devices that are active: the pool is found by way of the device mapper, other
# volumes are written meanwhile, and what cannot be copied as it is now is refused.
# needs: thin_migrate
. "$HERE/lib.sh"

rm -f metadata data target
truncate -s 4M metadata
truncate -s 64M data
truncate -s 32M target
cat >guest-script <<'END'
say() { echo "== $*"; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
refused() { # WORDS ARGUMENT...
  words=$1
  shift
  thin_migrate "$@" >/tmp/out 2>/tmp/err && echo "NOT REFUSED: $*"
  grep -q -- "$words" /tmp/err || { echo "OTHER WORDS: $*"; cat /tmp/err; }
  [ "$(wc -l </tmp/err)" = 1 ] || { echo "LINES: $*"; cat /tmp/err; }
  [ ! -e /tmp/none ] && [ ! -e /tmp/none.partial ] || echo "LEFT: $*"
}
message() { try dmsetup message /dev/mapper/pool 0 "$1"; }
fill() { # DEVICE SEED BLOCK...: blocks of 64 KiB
  device=$1 seed=$2
  shift 2
  for block; do
    yes "$seed $block" | dd of=$device bs=65536 count=1 seek=$block iflag=fullblock 2>/dev/null
  done
  sync
}
same() { # FILE: the volume, by its first 32 MiB
  head -c 33554432 "$1" | cmp - "$2" && echo "same as $2"
}
ln -s pdata_tools /sbin/thin_migrate
try dmsetup create pool --table "0 131072 thin-pool /dev/vda /dev/vdb 128 0"
message "create_thin 1"
try dmsetup create vol --table "0 65536 thin /dev/mapper/pool 1"
fill /dev/mapper/vol one 0 1 2 3 40 41 100 300 511
try dmsetup suspend vol
message "create_snap 2 1"
try dmsetup resume vol
try dmsetup create --readonly snap --table "0 65536 thin /dev/mapper/pool 2"

say "what cannot be copied"
refused "no metadata snapshot" --source-dev /dev/mapper/snap --dest-file /tmp/none
message reserve_metadata_snap
refused "not a read-only device" --source-dev /dev/mapper/vol --dest-file /tmp/none
refused "is not a thin device" --source-dev /dev/mapper/pool --dest-file /tmp/none
refused "device mapper says nothing" --source-dev /dev/vda --dest-file /tmp/none
refused "not a block device" --source-dev /bin/busybox --dest-file /tmp/none
refused "same bytes\|in use" --source-dev /dev/mapper/snap --dest-dev /dev/vdb
try dmsetup suspend snap
refused "is suspended" --source-dev /dev/mapper/snap --dest-file /tmp/none
try dmsetup resume snap
try dmsetup create --readonly outside --table "0 65536 thin /dev/mapper/pool 2 /dev/vdc"
refused "external origin" --source-dev /dev/mapper/outside --dest-file /tmp/none
try dmsetup remove outside

say "to a new file, while the origin is written"
(
  i=0
  while [ ! -e /tmp/stop ]; do
    fill /dev/mapper/vol later$i 0 $((i % 400)) 41
    i=$((i + 1))
  done
) &
try thin_migrate --source-dev /dev/mapper/snap --dest-file /tmp/copy
cat /tmp/log
touch /tmp/stop
wait
try dd if=/dev/mapper/snap of=/tmp/truth bs=65536
same /tmp/copy /tmp/truth

say "to a device with something on it"
yes | dd of=/dev/vdc bs=65536 count=512 iflag=fullblock 2>/dev/null
try thin_migrate -q --source-dev /dev/mapper/snap --zero-dest --dest-dev /dev/vdc
same /dev/vdc /tmp/truth

say "a difference"
message release_metadata_snap
try dmsetup suspend vol
message "create_snap 3 1"
try dmsetup resume vol
try dmsetup create --readonly second --table "0 65536 thin /dev/mapper/pool 3"
message reserve_metadata_snap
try thin_migrate --source-dev /dev/mapper/second --delta-id 2 --dest-dev /dev/vdc
try dd if=/dev/mapper/second of=/tmp/truth bs=65536
same /dev/vdc /tmp/truth
refused "does not hold device 2" --source-dev /dev/mapper/second --delta-id 2 --dest-dev /dev/vdc

say "changed since the metadata snapshot, and read-only now"
fill /dev/mapper/vol last 200 201
try dmsetup remove vol
try dmsetup create --readonly vol --table "0 65536 thin /dev/mapper/pool 1"
refused "has changed since" --source-dev /dev/mapper/vol --dest-file /tmp/none
message release_metadata_snap
message reserve_metadata_snap
try thin_migrate -q --source-dev /dev/mapper/vol --dest-file /tmp/last
try dd if=/dev/mapper/vol of=/tmp/truth bs=65536
same /tmp/last /tmp/truth
END
boot_options="--timeout 600 --file $BIN/pdata_tools:/sbin/pdata_tools"
boot guest-script metadata data target
sed 's/^device 2: 33554432 bytes, [0-9]* of them written, 0 cleared$/device 2: all/' guest >seen
cat >expected <<'END'
== what cannot be copied
== to a new file, while the origin is written
device 2: all
same as /tmp/truth
== to a device with something on it
same as /tmp/truth
== a difference
same as /tmp/truth
== changed since the metadata snapshot, and read-only now
same as /tmp/truth
END
same_output expected seen
