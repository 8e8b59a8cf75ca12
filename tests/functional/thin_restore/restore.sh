# From XML and JSON to metadata and back.
cat >pool.xml <<'XML'
<superblock uuid="" time="2" transaction="5" flags="0" version="2" data_block_size="128" nr_data_blocks="1000">
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="10" length="5" time="0"/>
    <single_mapping origin_block="7" data_block="30" time="1"/>
    <range_mapping origin_begin="20" data_begin="40" length="2" time="1"/>
  </device>
  <device dev_id="7" mapped_blocks="0" transaction="1" creation_time="1" snap_time="1">
  </device>
</superblock>
XML
sed 's/^ *//; s/<single_mapping origin_block="\([0-9]*\)" data_block="\([0-9]*\)"/<range_mapping origin_begin="\1" data_begin="\2" length="1"/' \
  pool.xml >lines
{
  echo '{"superblock": {"uuid": "", "time": 2, "transaction": 5, "flags": 0, "version": 2,'
  echo '"data_block_size": 128, "nr_data_blocks": 1000}, "devices": ['
  echo '{"dev_id": 1, "mapped_blocks": 8, "transaction": 0, "creation_time": 0, "snap_time": 1, "mappings": ['
  grep range_mapping lines | sed 's/<range_mapping //; s|/>||; s/\([a-z_]*\)="\([0-9]*\)"/"\1": \2,/g; s/^/{/; s/,$/},/' |
    sed '$s/,$//'
  echo ']},'
  echo '{"dev_id": 7, "mapped_blocks": 0, "transaction": 1, "creation_time": 1, "snap_time": 1, "mappings": []}]}'
} >pool.json

expect_pool() { # FILE: thin_check likes it and thin_dump gives the XML back
  succeeds thin_check "$1"
  if command -v thin_dump >/dev/null; then
    succeeds thin_dump "$1"
    expect_same stdout "${2:-pool.xml}"
  fi
}

it "XML, silently"
zeroes restored 1048576
succeeds thin_restore -i pool.xml -o restored
expect_no_stdout
expect_no_stderr
expect_pool restored
cp restored first

it "JSON gives the same bytes"
succeeds thin_restore -q --input pool.json --output restored
expect_no_stdout
expect_no_stderr
expect_same restored first

it "from standard input, from a pipe, from an open descriptor"
garbage restored 1048576
run_with_input pool.xml thin_restore -i - -o restored
expect_status 0
expect_pool restored
garbage restored 1048576
succeeds sh -c 'cat pool.xml | thin_restore -i /dev/stdin -o restored'
expect_pool restored
succeeds sh -c 'exec 9<pool.xml; thin_restore -i /proc/self/fd/9 -o restored'
expect_pool restored

it "in UTF-16"
if command -v iconv >/dev/null; then
  iconv -f ASCII -t UTF-16 pool.xml >wide.xml
  garbage restored 1048576
  succeeds thin_restore -i wide.xml -o restored
  expect_pool restored
fi

it "an empty operand changes nothing"
succeeds thin_restore '' -i pool.xml -o restored

it "overrides apply before anything is built"
sed 's/transaction="5"/transaction="2345"/; s/data_block_size="128"/data_block_size="8192"/; s/nr_data_blocks="1000"/nr_data_blocks="234500"/' \
  pool.xml >overridden.xml
succeeds thin_restore -i pool.xml -o restored \
  --transaction-id 2345 --data-block-size 8192 --nr-data-blocks 234500
expect_no_stderr
expect_pool restored overridden.xml
sed 's/nr_data_blocks="1000"/nr_data_blocks="0"/' pool.xml >snapshot.xml
fails thin_restore -i snapshot.xml -o restored
succeeds thin_restore -i snapshot.xml -o restored --nr-data-blocks 1000
expect_pool restored
fails thin_restore -i pool.xml -o restored --nr-data-blocks 41
expect_one_line_error pool.xml 'line 5' range_mapping 'out of bounds'

it "shared leaves, by def and where nobody says so"
cat >defs.xml <<'XML'
<?xml version="1.0"?>
<superblock time="1" uuid="" transaction="0" data_block_size="128" nr_data_blocks="4000">
 <def name="x"><range_mapping origin_begin="0" data_begin="0" length="1000" time="0"/></def>
 <device dev_id="1" mapped_blocks="1126" transaction="0" creation_time="0" snap_time="1">
  <ref name="x"/>
  <range_mapping origin_begin="1650" data_begin="1000" length="126" time="0"/>
 </device>
 <device dev_id="2" mapped_blocks="1003" transaction="0" creation_time="0" snap_time="1">
  <ref name="x"></ref>
  <range_mapping origin_begin="10600" data_begin="2000" length="3" time="0"/>
 </device>
</superblock>
XML
cat >plain.xml <<'XML'
<superblock uuid="" time="1" transaction="0" flags="0" version="2" data_block_size="128" nr_data_blocks="4000">
  <device dev_id="1" mapped_blocks="1126" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="1000" time="0"/>
    <range_mapping origin_begin="1650" data_begin="1000" length="126" time="0"/>
  </device>
  <device dev_id="2" mapped_blocks="1003" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="1000" time="0"/>
    <range_mapping origin_begin="10600" data_begin="2000" length="3" time="0"/>
  </device>
</superblock>
XML
free_blocks() { sed -n 's/METADATA_FREE_BLOCKS=//p' stdout; }
succeeds thin_restore --no-share -i plain.xml -o restored
expect_pool restored plain.xml
succeeds thin_check restored
apart=$(free_blocks)
for call in '-i defs.xml' '--no-share -i defs.xml' '-i plain.xml' '--share -i plain.xml'; do
  succeeds thin_restore $call -o restored
  expect_no_stderr
  expect_pool restored plain.xml
  succeeds thin_check restored
  [ "$(free_blocks)" -gt "$apart" ] || fail "$call: nothing is shared"
done

it "an attribute that nobody knows is named, unless -q"
sed 's/time="2"/time="2" colour="blue"/' pool.xml >blue.xml
succeeds thin_restore -i blue.xml -o restored
expect_stderr "blue.xml: line 1: ignoring unknown attribute 'colour'"
expect_pool restored
succeeds thin_restore -q -i blue.xml -o restored
expect_no_stderr

it "leaves are shared unasked where the output would be too small otherwise"
zeroes small 40960
fails thin_restore --no-share -i plain.xml -o small
needed=$(sed 's/.*at least \([0-9]*\).*/\1/' stderr)
[ "$needed" -lt $((256 - apart)) ] || fail "$needed blocks are no fewer than without sharing"
zeroes small $((needed * 4096))
succeeds thin_restore --no-share -i plain.xml -o small
expect_pool small plain.xml

it "to share and not to share is one too many"
fails thin_restore --share --no-share -i plain.xml -o restored
expect_stderr_has "--share and --no-share contradict each other"
