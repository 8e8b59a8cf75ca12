# A thin device's data, copied out without the pool.
block=65536
cat >pool.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="7" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="10" length="4" time="0"/>
    <range_mapping origin_begin="9" data_begin="30" length="2" time="0"/>
    <single_mapping origin_block="12" data_block="63" time="1"/>
  </device>
  <device dev_id="2" mapped_blocks="1" transaction="0" creation_time="1" snap_time="1">
    <single_mapping origin_block="3" data_block="10" time="0"/>
  </device>
  <device dev_id="3" mapped_blocks="0" transaction="0" creation_time="1" snap_time="1">
  </device>
</superblock>
END
truncate -s 4194304 metadata
thin_restore -q -i pool.xml -o metadata
truncate -s $((64 * block)) data
put() { yes "block $1" | head -c $block | dd of="$3" bs=$block seek="$2" conv=notrunc status=none; }
for b in 10 11 12 30 31 63; do put $b $b data; done # block 13 is mapped, but zero

it "what is mapped is copied, everything else is zero"
truncate -s $((13 * block)) expected-volume
put 10 0 expected-volume
put 11 1 expected-volume
put 12 2 expected-volume
put 30 9 expected-volume
put 31 10 expected-volume
put 63 12 expected-volume
remember data metadata
succeeds thin_extract --metadata-dev metadata --data-dev data --dev-id 1 -o volume
expect_stdout "851968 bytes: 393216 copied, 65536 mapped but zero, the rest not mapped"
expect_no_stderr
expect_same expected-volume volume
expect_unchanged data metadata
[ "$(du -k volume | cut -f1)" -lt 500 ] || fail "the copy is not sparse"

it "the size is as wanted, larger or smaller"
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 1 -o volume --size 2m
expect_no_stdout
[ "$(wc -c <volume)" -eq 2097152 ] || fail "wrong size"
head -c 851968 volume >head
expect_same expected-volume head
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 1 -o volume --size 300
head -c 153600 expected-volume >head
expect_same head volume

it "an empty device, a snapshot with one block"
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 3 -o volume
[ ! -s volume ] || fail "not empty"
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 2 -o volume
truncate -s $((4 * block)) second
put 10 3 second
expect_same second volume

it "a device that is not there"
rm volume
fails thin_extract --metadata-dev metadata --data-dev data --dev-id 77 -o volume
expect_one_line_error 77
expect_absent volume
cp metadata damaged
thin_scan metadata | sed -n 's/.*type="btree_leaf" location="\([0-9]*\)" .* value_size="24".*/\1/p' >details
while read -r leaf; do damage_block damaged "$leaf"; done <details
fails thin_extract --metadata-dev damaged --data-dev data --dev-id 1 -o volume
expect_one_line_error "no device 1 any more: device details tree"
expect_absent volume

it "a data device that is too short"
head -c $((40 * block)) data >short
fails thin_extract --metadata-dev metadata --data-dev short --dev-id 1 -o volume
expect_one_line_error short "ends before data block" "which is mapped"
expect_absent volume

it "inputs are not overwritten, wrong calls are refused"
fails thin_extract --metadata-dev metadata --data-dev data --dev-id 1 -o data
fails thin_extract --metadata-dev metadata --data-dev data --dev-id 1 -o metadata
expect_unchanged data metadata
fails thin_extract --metadata-dev metadata --data-dev data -o volume
expect_stderr_has "No device id provided."
fails thin_extract --metadata-dev metadata --data-dev data --dev-id 1 -o volume --size 1b
expect_stderr_has "--size"
