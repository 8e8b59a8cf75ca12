# Nothing needs to be sound for a scan.
kernel_image snapshots pool

it "a block with a broken checksum is unknown, a block in the wrong place not valid"
damage_block pool 5
dd if=pool of=pool bs=4096 skip=6 seek=7 count=1 conv=notrunc status=none
succeeds thin_scan --begin 5 --end 8 pool
expect_stdout '<single_block type="unknown" location="5" ref_count="0" is_valid="0"/>
<single_block type="btree_internal" location="6" blocknr="6" ref_count="0" is_valid="1" value_size="8"/>
<single_block type="btree_internal" location="7" blocknr="6" ref_count="0" is_valid="0" value_size="8"/>'

it "without a superblock the counts are not known"
damage_block pool 0
succeeds thin_scan --end 4 pool
expect_stdout '<single_block type="unknown" location="0" ref_count="-1" is_valid="0"/>
<single_block type="index_block" location="1" blocknr="1" ref_count="-1" is_valid="1"/>
<single_block type="btree_leaf" location="2" blocknr="2" ref_count="-1" is_valid="1" value_size="4"/>
<single_block type="bitmap_block" location="3" blocknr="3" ref_count="-1" is_valid="1"/>'

it "a device of zeroes"
zeroes zeroed 4194304
succeeds thin_scan zeroed
expect_stdout '<range_block type="unknown" location_begin="0" length="1024" ref_count="-1" is_valid="0"/>'

it "how much text overwrote the metadata"
yes 'Nov 23 kernel: all quiet' | head -c 8192 | dd of=pool bs=4096 seek=10 conv=notrunc status=none
succeeds thin_scan --examine-corruption --begin 8 --end 14 pool
expect_stdout '10: 4096 bytes of text
11: 4096 bytes of text'
succeeds thin_scan --examine-corruption --json --begin 10 --end 11 pool
expect_stdout_has '"text_bytes": 4096'
succeeds thin_scan --examine-corruption zeroed
expect_no_stdout

it "what is no metadata device is refused"
fails thin_scan missing
expect_one_line_error missing 'No such file'
zeroes tiny 1024
fails thin_scan tiny
expect_one_line_error tiny 'too small'
fails thin_scan /dev/null
expect_one_line_error /dev/null 'ot a block device or regular file'
