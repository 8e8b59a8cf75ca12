# The exact calls of programs that check and repair pools, and what they rely on.

it "LVM2 reads the version at the start of the first line"
for tool in thin_check thin_dump thin_repair thin_restore; do
  succeeds $tool -V
  expect_stdout_match '^[0-9]+\.[0-9]+\.[0-9]+$'
done

it "LVM2: a check, a repair, and one line of a dump"
kernel_image snapshots pool
succeeds thin_check -q --clear-needs-check-flag pool
succeeds thin_check -q "" pool
truncate -s "$(stat -c %s pool)" spare
damage_block pool 416
fails thin_check -q --clear-needs-check-flag pool
succeeds thin_repair "" -i pool -o spare
thin_dump spare 2>errors | head -n 1 >first
[ ! -s errors ] || fail "a closed pipe is told: $(cat errors)"
grep -qE '^<superblock .* transaction="[0-9]+" ' first || fail "$(cat first)"
succeeds thin_check -q --clear-needs-check-flag spare

it "LVM2 restores from a file that has no name any more"
cat >pool.xml <<'END'
<superblock uuid="" time="0" transaction="1" version="2" data_block_size="128" nr_data_blocks="16">
 <device dev_id="1" mapped_blocks="16" transaction="0" creation_time="0" snap_time="0">
  <range_mapping origin_begin="0" data_begin="0" length="16" time="0"/>
 </device>
END
printf '</superblock>' >>pool.xml
exec 7<pool.xml
rm pool.xml
succeeds thin_restore -i /proc/$$/fd/7 -o spare
exec 7<&-
succeeds thin_check -q spare

it "stratisd: a check that repairs leaks, then a repair to the spare"
kernel_image snapshots pool
remember pool
succeeds thin_check pool
succeeds thin_check --auto-repair pool
expect_unchanged pool
succeeds thin_generate_damage --create-metadata-leaks --nr-blocks 2 --expected 0 --actual 1 -o pool
succeeds thin_check --auto-repair pool
succeeds thin_check -q pool
damage_block pool 416
fails thin_check --auto-repair pool
succeeds thin_repair -i pool -o spare
succeeds thin_check --auto-repair spare

it "stratisd: one number, in sectors"
for size in 1073741824 1099511627776 1152921504606846976; do
  succeeds thin_metadata_size -b 1048576b -s ${size}b -m 1024 -n
  expect_no_stderr
  expect_stdout_match '^[0-9]+$'
  [ "$(wc -l <stdout)" -eq 1 ] || fail "more than a line"
  [ "$(cat stdout)" -le $((255 * ((1 << 14) - 64) * 8)) ] || fail "more than the kernel can use"
done

it "an initramfs that asks each tool for its help"
for tool in thin_check thin_dump thin_repair thin_restore thin_metadata_size; do
  succeeds $tool --help
done

it "what testers of storage expect to fail"
kernel_image fresh pool
printf '' >empty
for call in "thin_check" "thin_check --hedgehogs pool" "thin_metadata_size -b 25 -s 128 -m 10" \
  "thin_metadata_size -b 64k -s 1g -m 10 -n -n" "thin_metadata_size -b 64k -s 1g -m 10 -nlongshort" \
  "thin_rmap --region 0...1 pool" "thin_rmap --region 00 pool" "thin_rmap --region 0..0 pool" \
  "thin_delta --thin1 -1 --thin2 0 pool" "thin_ls -o WRONG pool" "thin_repair -i pool -o absent" \
  "thin_repair -i pool -o empty"; do
  fails $call
done
