# Volumes to and from block devices that are full of something else.
[ "$(id -u)" -eq 0 ] && command -v losetup >/dev/null && [ -e /dev/loop-control ] ||
  skip "loop devices need root"
devices=
attach() { # FILE: sets $device
  device=$(losetup -f --show "$1" 2>losetup.log) || skip "no loop device: $(cat losetup.log)"
  devices="$devices $device"
}
detach_all() {
  for each in $devices; do losetup -d "$each" 2>/dev/null || true; done
}
trap detach_all EXIT

lvm=$TESTS_DIR/functional/lvm
gzip -dc "$lvm/removed.metadata.gz" >metadata
awk 'BEGIN { for (i = 0; i < 400000; i++) print "line", i }' >data
truncate -s 128M data
for device in 1 2; do
  succeeds thin_extract --metadata-dev metadata --data-dev data --dev-id $device --size 32m -o expected$device
done
succeeds thin_send -q --dev 1 --size 32m -o full metadata data
succeeds thin_send -q --dev 2 --base 1 --size 32m -o changes metadata data
fill() { head -c 40000000 /dev/zero | tr '\0' x >"$1"; }
fill file
truncate -s 40M file
attach file
target=$device
same() { # FILE: as the beginning of the device
  cmp -n 33554432 "$1" "$target" >differs 2>&1 || fail "$(cat differs)"
}

it "what is not mapped is zero afterwards, what is behind the volume stays"
fails thin_receive -i full "$target"
expect_stderr_has "needs --state"
succeeds thin_receive --state state -i full "$target"
same expected1
expect_absent state
tail -c +33554433 "$target" | head -c 1000 | tr -d x >rest
[ ! -s rest ] || fail "what is behind the volume was changed"

it "a difference, and back"
succeeds thin_receive --state state -i changes "$target"
same expected2
fails thin_receive --state state -i changes "$target"
expect_stderr_has "is not the base"
same expected2
succeeds thin_migrate -q --metadata-dev metadata --data-dev data --size 32m --dev-id 1 --delta-id 2 --dest-dev "$target"
same expected1

it "interrupted in the middle it is taken up"
bytes=$(wc -c <changes)
for part in 3 2; do
  head -c $((bytes / part)) changes >cut
  fails thin_receive --state state -i cut "$target"
  [ -e state ] || fail "the state is gone"
done
fails thin_receive --state state -i full "$target"
expect_stderr_has "half of another stream"
succeeds thin_receive --state state -i changes "$target"
same expected2

it "a device that is too small, in use, or what the volume comes from"
truncate -s 16M small
attach small
fails thin_receive --state state -i full "$device"
expect_stderr_has "has 16777216 bytes"
expect_absent state
attach data
fails thin_migrate --metadata-dev metadata --data-dev data --dev-id 1 --dest-dev "$device"
expect_stderr_has "same bytes"
succeeds thin_send -q --dev 1 --size 32m -o from-device metadata "$device"
expect_same full from-device
fails thin_receive --state other -i full file
expect_absent other
