# What is reached through loop devices, and what is in use, is never overwritten.
[ "$(id -u)" -eq 0 ] && command -v losetup >/dev/null && [ -e /dev/loop-control ] ||
  skip "loop devices need root"

devices=
attach() { # FILE OPTION...: sets $device
  file=$1
  shift
  device=$(losetup -f --show "$@" "$file" 2>losetup.log) || skip "no loop device: $(cat losetup.log)"
  devices="$devices $device"
}
detach_all() {
  umount mounted 2>/dev/null || true
  for each in $devices; do losetup -d "$each" 2>/dev/null || true; done
}
trap detach_all EXIT

kernel_image mixed-1 meta
truncate -s 8M other
truncate -s 1G data
before=$(cksum meta)
refused() {
  fails "$@"
  [ "$(cksum meta)" = "$before" ] || fail "the metadata was changed"
}

it "a loop device on the file"
attach meta
first=$device
refused thin_trim --metadata-dev meta --data-dev "$first"
expect_stderr_has "metadata 'meta' and data device '$first' are on the same bytes"
refused thin_repair -i "$first" -o meta
expect_stderr_has "are on the same bytes"
refused thin_dump -o meta "$first"
expect_stderr_has "are on the same bytes"

it "two loop devices on one file"
attach meta
second=$device
refused thin_trim --metadata-dev "$first" --data-dev "$second"
expect_stderr_has "are on the same bytes"
refused thin_repair -i "$first" -o "$second"
expect_stderr_has "are on the same bytes"
refused thin_restore -i other -o "$second" --quiet
succeeds thin_check "$first"

it "a loop device on a loop device"
attach "$first"
refused thin_trim --metadata-dev "$second" --data-dev "$device"
expect_stderr_has "are on the same bytes"

it "parts of one file that lie apart are not the same, parts that meet are"
truncate -s 16M disk
attach disk -o 0 --sizelimit 8388608
low=$device
attach disk -o 8388608 --sizelimit 8388608
high=$device
attach disk -o 2097152 --sizelimit 8388608
between=$device
cat meta >"$low"
succeeds thin_repair -q -i "$low" -o "$high"
succeeds thin_check -q "$high"
refused thin_repair -i "$low" -o "$between"
expect_stderr_has "are on the same bytes"
refused thin_repair -i "$high" -o "$between"
expect_stderr_has "are on the same bytes"

it "a partition and its disk"
truncate -s 16M partitioned
printf '\000\000\002\000\203\377\377\377\000\010\000\000\000\100\000\000' |
  dd of=partitioned bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of=partitioned bs=1 seek=510 conv=notrunc status=none
dd if=meta of=partitioned bs=1M seek=1 conv=notrunc status=none
attach partitioned
disk=$device
sysfs=/sys/class/block/${disk#/dev/}
if partx -a "$disk" 2>/dev/null || [ -e "$sysfs/${disk#/dev/}p1" ]; then
  mknod partition b $(tr : ' ' <"$sysfs/${disk#/dev/}p1/dev")
  before_disk=$(cksum <partitioned)
  for pair in "partition $disk" "$disk partition" "partition partitioned"; do
    refused thin_trim --metadata-dev ${pair% *} --data-dev ${pair#* }
    expect_stderr_has "are on the same bytes"
    refused thin_repair -i ${pair% *} -o ${pair#* }
    expect_stderr_has "are on the same bytes"
    refused thin_metadata_pack -f -i ${pair% *} -o ${pair#* }
    expect_stderr_has "are on the same bytes"
  done
  [ "$(cksum <partitioned)" = "$before_disk" ] || fail "the disk was changed"
  partx -d "$disk"
fi

it "a file behind a loop device is in use"
refused thin_restore -i other -o meta
expect_stderr_has "'meta' is in use: it is behind the loop device"
refused thin_dump -o meta "$low"
expect_stderr_has "'meta' is in use: it is behind the loop device"
refused thin_generate_metadata --set-needs-check -o meta
expect_stderr_has "'meta' is in use: it is behind the loop device"

it "a read-only device is said to be that, and nothing to be erased"
cp --sparse=always other other.before
succeeds thin_dump -o pool.xml "$low"
attach other -r
for attempt in "thin_restore -i pool.xml" "thin_repair -i $low" "thin_generate_metadata --format"; do
  fails $attempt -o "$device"
  expect_one_line_error "'$device' is a read-only device; nothing was changed"
done
nr_blocks=$(sed -n 's/.*nr_data_blocks="\([0-9]*\)".*/\1/p' pool.xml)
fails thin_shrink --binary -i "$low" -o "$device" --data data --nr-blocks "$nr_blocks"
expect_one_line_error "'$device' is a read-only device; nothing was changed"
succeeds thin_metadata_pack -f -i "$low" -o packed
succeeds thin_ll_dump -o nodes.xml "$low"
succeeds thin_send -q --dev 1 -o stream "$low" data
for attempt in "thin_dump -o $device" "thin_dump --repair -o $device" "thin_scan -o $device" \
  "thin_ll_dump -o $device" "thin_report -o $device" "thin_metadata_pack -f -o $device -i"; do
  fails $attempt "$low"
  expect_one_line_error "'$device' is a read-only device; nothing was changed"
done
for attempt in "thin_metadata_unpack -f -i packed -o $device" \
  "thin_ll_restore -E $low -i nodes.xml -o $device" \
  "thin_send -q --dev 1 -o $device $low data" \
  "thin_extract -q --metadata-dev $low --data-dev data --dev-id 1 -o $device" \
  "thin_migrate -q --metadata-dev $low --data-dev data --dev-id 1 --dest-dev $device" \
  "thin_receive -q -i stream --state state $device" \
  "thin_trim --metadata-dev $low --data-dev $device" \
  "thin_generate_metadata --set-needs-check -o $device"; do
  fails $attempt
  expect_one_line_error "'$device' is a read-only device; nothing was changed"
  expect_absent state
done
cmp -s other.before other || fail "the file behind it was changed"

it "a device that is mounted is not overwritten"
command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not there"
truncate -s 16M file-system
mkfs.ext4 -q -F file-system
attach file-system
mkdir mounted
mount "$device" mounted || skip "no file system can be mounted"
cp meta mounted/precious
sync
for tool in "thin_dump" "thin_scan" "thin_ll_dump"; do
  fails $tool -o "$device" "$low"
  expect_stderr_has "Device or resource busy"
done
fails thin_metadata_pack -f -i "$low" -o "$device"
fails thin_shrink -i pool.xml -o "$device" --data data --nr-blocks 900
fails thin_restore -i pool.xml -o "$device"
expect_one_line_error "'$device': Device or resource busy; it is mounted, or something else uses it"
umount mounted
mount "$device" mounted
expect_same meta mounted/precious
