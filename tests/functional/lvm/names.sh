# Volumes by the names that LVM2 gives them, from backups that it wrote, against the metadata
# that the kernel had at the same time and at other times.
lvm=$TESTS_DIR/functional/lvm
for time in four external removed; do
  gzip -dc "$lvm/$time.metadata.gz" >$time
done

it "thin_ls shows names and sizes; where all agrees it says nothing"
for time in four external removed; do
  succeeds thin_ls --no-headers -o DEV,NAME,SIZE_BYTES --lvm "$lvm/$time.vg" $time
  expect_no_stderr
  tr -s ' ' <stdout | sed 's/^ //; s/ $//' >given
  # The same by other means.
  awk '
    /^\t\t[a-z_]* {/ { name = $1 }
    /extent_count/ { extents = $3 }
    /device_id/ { print $3, name, extents * 8192 * 512 }
  ' "$lvm/$time.vg" | sort -n >expected
  expect_same expected given
done

it "a backup of another time: what differs is told, by both names"
succeeds thin_ls --lvm "$lvm/four.vg" removed
expect_stderr_has "has transaction id 4, the metadata 6: they are not of one time"
expect_stderr_has "device 5 is no volume of"
expect_stderr_has "volume 'gone' of"
expect_stderr_has "is not in the metadata, where it would have the id 4"
succeeds thin_ls --json --lvm "$lvm/four.vg" removed
expect_stdout_has '"only_in_metadata": [5]'
expect_stdout_has '"only_in_lvm": [{"dev": 4, "name": "gone"}]'
expect_stdout_has '"same_transaction": false'

it "messages that LVM2 has still to send count as what they are"
succeeds thin_ls --lvm "$lvm/creating.vg" four
expect_stderr_lacks "not of one time"
expect_stderr_has "LVM2 has still to let it be made"
succeeds thin_ls --lvm "$lvm/deleting.vg" external
expect_stderr_lacks "not of one time"
expect_stderr_has "LVM2 has still to let it be deleted"
fails thin_ls -o NAME four
expect_stderr_has "need --lvm"

it "the pool is named where there are several"
succeeds thin_ls --lvm "$lvm/twopools.vg:vg/pool" removed
expect_no_stderr
fails thin_ls --lvm "$lvm/twopools.vg" removed
expect_stderr_has "has several thin pools; name one of them: vg/pool, vg/second"
succeeds thin_ls --lvm "$lvm/twopools.vg:vg/second" removed
expect_stderr_has "they are not of one pool"

it "what is no backup is refused with a line"
for content in '' 'a = ' "$(cat "$lvm/four.vg" | head -n 60)"; do
  printf '%s' "$content" >broken
  fails thin_ls --lvm broken four
  expect_one_line_error broken 'line'
done
fails thin_ls --lvm absent four
expect_stderr_has absent
fails thin_ls --lvm /dev/zero four
fails thin_dump --lvm "$lvm/four.vg" -o "$lvm/four.vg" four
expect_stderr_has "LVM backup"

it "a device is dropped by name, and what only it used is free"
succeeds thin_dump --lvm "$lvm/four.vg" --without-dev gone -o pool.xml four
expect_stderr_has "device 4 (gone) is left out: 9 mapped blocks"
truncate -s 4M new
succeeds thin_restore -q -i pool.xml -o new
succeeds thin_check -q new
succeeds thin_ls --no-headers -o DEV new
expect_stdout "1 
2 
3 "
succeeds thin_dump --without-dev 1,2 --without-dev 3 --skip-mappings four
[ "$(grep -c '<device' stdout)" -eq 1 ] || fail "not one device"
fails thin_dump --without-dev 9 four
expect_stderr_has "has no device 9"
fails thin_dump --without-dev gone four
expect_stderr_has "names need --lvm"
fails thin_dump --without-dev 1 --dev-id 2 four
fails thin_dump --lvm-only four

it "a device whose mappings are damaged can be dropped"
used=$(seq 40 55)  # its trees
for block in $used; do
  cp four broken
  damage_block broken "$block"
  run thin_check broken
  grep -q 'mapping tree of device 4' stderr || continue
  fails thin_dump broken
  succeeds thin_dump --without-dev 4 broken
  mv stdout without
  succeeds thin_dump --without-dev 4 four
  expect_same stdout without
  dropped=yes
done
[ "${dropped:-}" = yes ] || fail "no block is the device's"

it "--lvm-only needs a backup of the metadata's time"
fails thin_dump --lvm "$lvm/removed.vg" --lvm-only external
expect_stderr_has "it cannot tell what LVM2 has forgotten"
succeeds thin_dump --lvm "$lvm/deleting.vg" --lvm-only --skip-mappings external
expect_stderr_has "device 4 is kept"
[ "$(grep -c '<device' stdout)" -eq 5 ] || fail "a device that LVM2 will delete was dropped"
# LVM2 has forgotten a volume: the backup is of the same transaction, without it.
awk '/^\t\tgone {/ { skip = 1 } !skip; /^\t\t}/ { skip = 0 }' "$lvm/four.vg" >forgotten.vg
succeeds thin_dump --lvm forgotten.vg --lvm-only --skip-mappings four
expect_stderr_has "device 4 is left out, it is no volume of 'forgotten.vg': 9 mapped blocks"
[ "$(grep -c '<device' stdout)" -eq 3 ] || fail "not three devices"
succeeds thin_dump --repair --lvm forgotten.vg --lvm-only --skip-mappings four
[ "$(grep -c '<device' stdout)" -eq 3 ] || fail "not three devices after a repair"

it "names are taken where ids are"
succeeds thin_delta --lvm "$lvm/four.vg" --thin1 one --thin2 vg/snap four
mv stdout by-name
succeeds thin_delta --thin1 1 --thin2 2 four
expect_same stdout by-name
succeeds thin_dump --lvm "$lvm/four.vg" --dev-id two --dev-id gone four
mv stdout by-name
succeeds thin_dump --dev-id 3 --dev-id 4 four
expect_same stdout by-name
truncate -s 128M data
succeeds thin_extract --lvm "$lvm/four.vg" --metadata-dev four --data-dev data --dev-id two -o out -q
fails thin_delta --lvm "$lvm/four.vg" --thin1 one --thin2 other four
expect_stderr_has "neither a device id nor a volume of vg/pool"

it "a volume whose name is the number of another device is named with its group"
sed 's/^\t\ttwo {/\t\t1 {/' "$lvm/four.vg" >numbers.vg
fails thin_dump --lvm numbers.vg --dev-id 1 four
expect_stderr_has "vg/1 is the volume"
succeeds thin_dump --lvm numbers.vg --dev-id vg/1 --skip-mappings four
expect_stdout_has 'dev_id="3"'

it "messages have names beside ids"
for block in $used; do
  cp four broken
  damage_block broken "$block"
  run thin_check --lvm "$lvm/four.vg" broken
  cat stderr >>all-messages
done
grep -q 'device 3 (two)' all-messages || fail "no message names the volume"
! grep -qE 'device [1-4][^0-9 ]' all-messages || fail "$(grep -E 'device [1-4][^0-9 ]' all-messages)"

it "sharing and groups agree with each other"
succeeds thin_stat --sharing --json four
expect_stdout_has '[40, 26, 0, 0]'
succeeds thin_stat --sharing --dev-id 1,2 four
expect_stdout_has ' 26 '
fails thin_stat --dev-id 1 four
fails thin_stat --sharing --dev-id 9 four
expect_stderr_has "has no device 9"
succeeds thin_ls --no-headers --group 1 --group 2,1 --group 1,2,3,4 four
expect_stdout "1 14 896KiB
1,2 54 3456KiB
1,2,3,4 83 5312KiB"
fails thin_ls --group 9 four
expect_stderr_has "has no device 9"
