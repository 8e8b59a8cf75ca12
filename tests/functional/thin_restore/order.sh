# Defs, devices and mappings come in any order; what is there twice is refused
# with its line, and the output stays as it was.
cat >ordered.xml <<'XML'
<superblock uuid="" time="2" transaction="5" flags="0" version="2" data_block_size="128" nr_data_blocks="1000">
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="10" length="5" time="0"/>
    <single_mapping origin_block="7" data_block="30" time="1"/>
    <range_mapping origin_begin="20" data_begin="40" length="2" time="1"/>
  </device>
  <device dev_id="3" mapped_blocks="5" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="10" length="5" time="0"/>
  </device>
  <device dev_id="7" mapped_blocks="0" transaction="1" creation_time="1" snap_time="1">
  </device>
</superblock>
XML
cat >edited.xml <<'XML'
<superblock uuid="" time="2" transaction="5" flags="0" version="2" data_block_size="128" nr_data_blocks="1000">
  <device dev_id="7" mapped_blocks="0" transaction="1" creation_time="1" snap_time="1">
  </device>
  <def name="late"><range_mapping origin_begin="3" data_begin="13" length="2" time="0"/>
    <range_mapping origin_begin="0" data_begin="10" length="3" time="0"/></def>
  <device dev_id="3" mapped_blocks="5" transaction="0" creation_time="0" snap_time="1">
    <ref name="late"/>
  </device>

  <!-- the first device last, and its mappings from the back -->
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="20" data_begin="40" length="2" time="1"/>
    <single_mapping origin_block="7" data_block="30" time="1"/> <ref name="late"/>
  </device>
</superblock>
XML
zeroes restored 1048576
zeroes sorted 1048576

it "a pool is the same in any order"
succeeds thin_restore -i ordered.xml -o restored
succeeds thin_restore -i edited.xml -o sorted
expect_no_stderr
succeeds thin_check sorted
succeeds thin_dump sorted
expect_same stdout ordered.xml
run_with_input edited.xml thin_restore -i - -o sorted
expect_status 0
succeeds thin_dump sorted
expect_same stdout ordered.xml

it "JSON as well"
{
  echo '{"superblock": {"uuid": "", "time": 2, "transaction": 5, "flags": 0, "version": 2,'
  echo '"data_block_size": 128, "nr_data_blocks": 1000}, "devices": ['
  echo '{"dev_id": 3, "mapped_blocks": 5, "transaction": 0, "creation_time": 0, "snap_time": 1, "mappings": ['
  echo '{"origin_begin": 3, "data_begin": 13, "length": 2, "time": 0},'
  echo '{"origin_begin": 0, "data_begin": 10, "length": 3, "time": 0}]}]}'
} >shuffled.json
sed -n '1p;7,9p;$p' ordered.xml >one.xml
succeeds thin_restore -i shuffled.json -o sorted
succeeds thin_dump sorted
expect_same stdout one.xml

it "the devices of a kernel's pool backwards, its mappings shuffled"
kernel_image mixed-0 pool
succeeds thin_dump -o pool.xml pool
awk '
  NR == 1 { print; next }
  /<device/ { n++; head[n] = $0; next }
  /<\/device>/ || /<\/superblock>/ { next }
  { count[n]++; line[n, count[n]] = $0 }
  END {
    for (d = n; d >= 1; d--) {
      print head[d]
      for (k = 0; k < 7; k++)
        for (i = count[d] - k; i >= 1; i -= 7) print line[d, i]
      print "  </device>"
    }
    print "</superblock>"
  }' pool.xml >shuffled.xml
expect_different pool.xml shuffled.xml
truncate -s "$(stat -c %s pool)" other
succeeds thin_restore -i shuffled.xml -o other
succeeds thin_check other
succeeds thin_dump other
expect_same stdout pool.xml

remember restored
edited() { # FILE SED-SCRIPT WORD...
  sed "$2" "$1" >bad.xml
  shift 2
  fails thin_restore -i bad.xml -o restored
  expect_one_line_error bad.xml "$@"
  expect_unchanged restored
}

it "a block that is mapped twice, wherever it is"
edited ordered.xml '4p' 'line 5' '<single_mapping>' 'block 7 is mapped twice in device 1' '(line 4)'
edited ordered.xml '5{p;s/="20"/="4"/}' 'line 6' 'block 4 is mapped twice in device 1' '(line 3)'
edited edited.xml '13s/block="7"/block="21"/' 'line 13' 'block 21 is mapped twice in device 1' '(line 12)'
edited edited.xml '12s/="20"/="2"/' 'line 12' 'block 2 of device 1 is among' '(line 13)'
edited edited.xml '4s/="3"/="2"/' 'line 5' "block 2 is mapped twice in def 'late'" '(line 4)'

it "a device that is there twice, wherever it is"
edited ordered.xml '10s/dev_id="7"/dev_id="1"/' 'line 10' 'device 1 exists already' '(line 2)'

it "a number of mappings that is wrong"
edited edited.xml '11s/"8"/"9"/' 'line 11' 'device 1 has 8 mappings, but mapped_blocks says 9'

it "a ref before its def"
edited ordered.xml '3s/.*/<ref name="late"\/>/' 'line 3' '<ref>' "no def named 'late'"
