# More names of the same bytes: a file that is mounted over another, parts of a file that meet, a
# partition beside one that lies apart; every tool refuses them in all roles, and no byte changes.
[ "$(id -u)" -eq 0 ] && command -v losetup >/dev/null && [ -e /dev/loop-control ] ||
  skip "loop devices need root"
. "$TESTS_DIR/functional/devices/roles.inc"

devices=
attach() { # FILE OPTION...: sets $device
  file=$1
  shift
  device=$(losetup -f --show "$@" "$file" 2>losetup.log) || skip "no loop device: $(cat losetup.log)"
  devices="$devices $device"
}
detach_all() {
  umount "$PWD/bound" 2>/dev/null || true
  for each in $devices; do losetup -d "$each" 2>/dev/null || true; done
}
trap detach_all EXIT

# A and B are names of the same bytes.
pairs() { # A B
  a=$1 b=$2
  refused thin_trim --metadata-dev "$a" --data-dev "$b"
  refused thin_trim --dry-run --metadata-dev "$a" --data-dev "$b"
  refused thin_shrink --binary -i "$a" -o other --data "$b" --nr-blocks 50
  refused thin_shrink --binary -i "$a" -o "$b" --data data --nr-blocks 50
  refused thin_shrink --binary -i other -o "$a" --data "$b" --nr-blocks 50
  refused thin_shrink -i "$a" -o spare --data data --nr-blocks 50 --journal "$b"
  refused thin_extract --metadata-dev "$a" --data-dev "$b" --dev-id 1 -o new
  refused thin_extract --metadata-dev "$a" --data-dev data --dev-id 1 -o "$b"
  refused thin_extract --metadata-dev other --data-dev "$a" --dev-id 1 -o "$b"
  refused thin_repair -i "$a" -o "$b"
  refused thin_restore -i "$a" -o "$b"
  refused thin_dump -o "$b" "$a"
  refused thin_dump -m -o "$b" "$a"
  refused thin_scan -o "$b" "$a"
  refused thin_ll_dump -o "$b" "$a"
  refused thin_ll_restore -E "$a" -i nodes.xml -o "$b"
  refused thin_metadata_pack -f -i "$a" -o "$b"
  refused thin_metadata_unpack -f -i "$a" -o "$b"
  refused thin_report --against "$a" -o "$b" other
  refused thin_send --dev 1 -o "$b" "$a" data
  refused thin_send --dev 1 -o new "$a" "$b"
  refused thin_migrate --metadata-dev "$a" --data-dev data --dev-id 1 --dest-dev "$b"
  refused thin_migrate --metadata-dev other --data-dev "$a" --dev-id 1 --dest-dev "$b"
  refused thin_migrate --metadata-dev "$a" --data-dev "$b" --dev-id 1 --dest-file new
  refused thin_receive -i "$a" --state new "$b"
  refused thin_receive -i stream --state "$a" "$b"
}

if touch bound 2>/dev/null && mount --bind meta bound 2>/dev/null; then
  it "a file that is mounted over another"
  names=$(echo *)
  pairs meta bound
  pairs bound hard-link
  umount bound
fi
rm -f bound
names=$(echo *)

it "devices on parts of a file that meet"
truncate -s 16M disk
dd if=meta of=disk bs=1M seek=2 conv=notrunc status=none
kept="$kept disk"
attach disk -o 2097152 --sizelimit 8388608
one=$device
attach disk -o 1048576 --sizelimit 2097152
two=$device
attach disk -o 10485760
apart=$device
cat $kept >all.kept
names=$(echo *)
pairs "$one" "$two"
pairs "$two" disk
pairs "$one" /proc/self/cwd/disk
few_apart() {
  succeeds thin_dump -o new "$one"
  rm new
}
few_apart

it "a device on a device, and the file below both"
attach "$one" -o 4096
upper=$device
pairs "$upper" "$one"
pairs "$upper" disk

it "what lies apart is not refused"
succeeds thin_metadata_pack -f -i "$one" -o packed
succeeds thin_dump -o "$apart" "$one"
succeeds thin_dump -o dumped "$one"
head -c "$(stat -c %s dumped)" "$apart" | cmp - dumped || fail "another dump"
