# What thin_scan says of each block, held against what is known of the image.
# field FILE OFFSET BYTES: a number of the superblock.
field() { od -A n -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }
kernel_image snapshots pool
remember pool
blocks=$(($(stat -c %s pool) / 4096))

it "every block is in one element, in order"
succeeds thin_scan pool
expect_no_stderr
expect_stdout_has '<single_block type="superblock" location="0" blocknr="0" ref_count="1" is_valid="1"/>'
tr '"' ' ' <stdout | awk -v blocks="$blocks" '
  { for (i = 1; i < NF; i++) { if ($i ~ /^location/) at = $(i + 1); if ($i == "length=") length_of = $(i + 1) } }
  /^<single/ { length_of = 1 }
  at != next_block { print "element of block " at " instead of " next_block; exit 1 }
  { next_block = at + length_of }
  END { if (next_block != blocks) { print "ends at " next_block; exit 1 } }' >problem || fail "$(cat problem)"
mv stdout whole.xml

it "counts are those of the space map: as many blocks are in use as it says"
used=$(tr '"' ' ' <whole.xml | awk '
  { n = 1; for (i = 1; i < NF; i++) { if ($i == "length=") n = $(i + 1); if ($i == "ref_count=") count = $(i + 1) } }
  count > 0 { used += n }
  END { print used }')
[ "$used" -eq "$(field pool 200 8)" ] || fail "$used blocks are in use"

it "a range of blocks"
succeeds thin_scan --begin 3 --end 5 pool
expect_stdout '<range_block type="bitmap_block" location_begin="3" blocknr_begin="3" length="2" ref_count="0" is_valid="1"/>'
fails thin_scan --begin 99999 pool
expect_one_line_error 99999

it "-o writes the same to a file"
succeeds thin_scan -o scan.xml pool
expect_no_stdout
expect_same whole.xml scan.xml
fails thin_scan -o pool pool
expect_one_line_error 'same'

it "who refers to a block"
root=$(field pool 320 8)
succeeds thin_scan --references --begin "$root" --end $((root + 1)) pool
expect_stdout_has '<reference location="0" field="data_mapping_root"/>'
leaf=$(thin_ll_dump pool | sed -n 's/.*<node blocknr="\([0-9]*\)" flags="1".*/\1/p' | head -n 1)
succeeds thin_scan --references --begin "$leaf" --end $((leaf + 1)) pool
expect_stdout_has "<reference location=\"$root\" entry=\"0\"/>"
succeeds thin_scan --entries --begin "$leaf" --end $((leaf + 1)) pool
child=$(sed -n 's/.*index="0" key="0" child="\([0-9]*\)".*/\1/p' stdout)
succeeds thin_scan --references --begin "$child" --end $((child + 1)) pool
expect_stdout_has "<reference location=\"$leaf\" entry=\"0\"/>"

it "raw fields by name"
succeeds thin_scan --fields --end 1 pool
expect_stdout_has '<field name="magic" value="27022010"/>'
expect_stdout_has "<field name=\"data_mapping_root\" value=\"$root\"/>"
expect_stdout_has '<field name="uuid" value="00000000000000000000000000000000"/>'
succeeds thin_scan --fields --json --begin "$root" --end $((root + 1)) pool
expect_stdout_has '"fields": {"csum": '
expect_stdout_has '"max_entries": 252, "value_size": 8, "padding": 0}'

it "JSON says the same"
succeeds thin_scan --json pool
expect_stdout_has "\"nr_blocks\": $blocks"
[ "$(grep -c '"type":' stdout)" -eq "$(wc -l <whole.xml)" ] || fail "not as many elements"
expect_unchanged pool
