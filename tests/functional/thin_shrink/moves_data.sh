# Data moves below the new end; every volume keeps what it held.
block=65536
cat >pool.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="14" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="6" time="0"/>
    <range_mapping origin_begin="20" data_begin="60" length="4" time="1"/>
  </device>
  <device dev_id="2" mapped_blocks="10" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="6" time="0"/>
  </device>
</superblock>
END

fresh_data() {
  truncate -s 0 data
  truncate -s $((64 * block)) data
  for b in 0 1 2 3 38 39 40 41 42 43 60 61 62 63; do
    yes "block $b" | head -c $block | dd of=data bs=$block seek=$b conv=notrunc status=none
  done
}
holds() { # DATA-BLOCK ORIGINAL-BLOCK
  dd if=data bs=$block skip="$1" count=1 status=none | head -n 1 >first-line
  [ "$(cat first-line)" = "block $2" ] || fail "data block $1 holds '$(cat first-line)', not block $2"
}
check_result() { # of a shrink to 40 blocks: 40..43 and 60..63 went to 4..11
  for b in 0 1 2 3 38 39; do holds $b $b; done
  for i in 0 1 2 3; do
    holds $((4 + i)) $((40 + i))
    holds $((8 + i)) $((60 + i))
  done
}
expected_xml() {
  cat <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="40">
  <device dev_id="1" mapped_blocks="14" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="2" time="0"/>
    <range_mapping origin_begin="6" data_begin="4" length="4" time="0"/>
    <range_mapping origin_begin="20" data_begin="8" length="4" time="1"/>
  </device>
  <device dev_id="2" mapped_blocks="10" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="2" time="0"/>
    <range_mapping origin_begin="6" data_begin="4" length="4" time="0"/>
  </device>
</superblock>
END
}

it "a dry run says what would move"
fresh_data
cksum <data >before
succeeds thin_shrink --dry-run -i pool.xml -o small.xml --data data --nr-blocks 40
expect_stdout "would move 8 data blocks in 2 pieces; the pool would go from 64 to 40 blocks"
expect_absent small.xml
cksum <data >after
expect_same before after

it "XML to XML"
succeeds thin_shrink -i pool.xml -o small.xml --data data --nr-blocks 40
expect_stdout "moved 8 data blocks in 2 pieces; the pool went from 64 to 40 blocks"
expected_xml >expected.xml
expect_same expected.xml small.xml
check_result
expect_absent small.xml.journal

it "binary to binary"
fresh_data
truncate -s 4194304 metadata shrunk
thin_restore -q -i pool.xml -o metadata
remember metadata
succeeds thin_shrink --binary -i metadata -o shrunk --data data --nr-blocks 40
succeeds thin_check shrunk
succeeds thin_dump -o shrunk.xml shrunk
expect_same expected.xml shrunk.xml
check_result
expect_unchanged metadata

it "as small as the mapped blocks, and no smaller"
fresh_data
succeeds thin_shrink -q -i pool.xml -o small.xml --data data --nr-blocks 14
expect_no_stdout
for i in 0 1 2 3; do holds $i $i; done
fresh_data
rm small.xml
cksum <data >before
fails thin_shrink -i pool.xml -o small.xml --data data --nr-blocks 13
expect_one_line_error "Insufficient free space"
expect_absent small.xml
fails thin_shrink -i pool.xml -o small.xml --data data --nr-blocks 65
cksum <data >after
expect_same before after

it "the metadata alone"
succeeds thin_shrink --no-copy -i pool.xml -o small.xml --data data --nr-blocks 40
expect_same expected.xml small.xml
cksum <data >after
expect_same before after
