# An interrupted run goes on, and never with the wrong journal.
cat >pool.xml <<'END'
<superblock uuid="" time="0" transaction="0" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="4" transaction="0" creation_time="0" snap_time="0">
    <range_mapping origin_begin="0" data_begin="60" length="4" time="0"/>
  </device>
</superblock>
END
yes data | head -c 4194304 >data
cksum <data >before

it "a data device that ends too early is refused before anything moves"
head -c 4128768 data >short
fails thin_shrink -i pool.xml -o small.xml --data short --nr-blocks 32
expect_one_line_error short "ends before"
expect_absent small.xml

it "an output that cannot hold the metadata is refused before anything moves"
truncate -s 4194304 metadata
{ echo '<superblock uuid="" time="0" transaction="0" version="2" data_block_size="128" nr_data_blocks="9000">'
  echo '<device dev_id="1" mapped_blocks="8000" transaction="0" creation_time="0" snap_time="0">'
  echo '<range_mapping origin_begin="0" data_begin="1000" length="8000" time="0"/>'
  echo '</device></superblock>'; } >large.xml
thin_restore -q -i large.xml -o metadata
truncate -s 65536 tiny
truncate -s 589824000 wide
fails thin_shrink --binary -i metadata -o tiny --data wide --nr-blocks 8000
expect_one_line_error tiny
rm wide
cksum <data >after
expect_same before after

it "the journal of another run is refused"
echo "thin_shrink 1234 2" >small.xml.journal
fails thin_shrink -i pool.xml -o small.xml --data data --nr-blocks 32
expect_one_line_error "belongs to another run" small.xml.journal
cksum <data >after
expect_same before after
rm small.xml.journal

it "damaged or unsound input is refused"
head -c 200 pool.xml >cut.xml
fails thin_shrink -i cut.xml -o small.xml --data data --nr-blocks 32
expect_one_line_error cut.xml
fails thin_shrink -i missing -o small.xml --data data --nr-blocks 32
expect_one_line_error missing
fails thin_shrink -i pool.xml -o pool.xml --data data --nr-blocks 32
fails thin_shrink -i pool.xml -o data --data data --nr-blocks 32
cksum <data >after
expect_same before after
expect_absent small.xml
