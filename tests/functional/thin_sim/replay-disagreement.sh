# Two devices that map one data block, which no reference count tells: what one
# writes, the other reads.
cat >shared.xml <<'END'
<superblock uuid="" time="0" transaction="0" flags="0" version="2" data_block_size="128" nr_data_blocks="100">
  <device dev_id="1" mapped_blocks="1" transaction="0" creation_time="0" snap_time="0">
    <single_mapping origin_block="0" data_block="5" time="0"/>
  </device>
  <device dev_id="2" mapped_blocks="1" transaction="0" creation_time="0" snap_time="0">
    <single_mapping origin_block="0" data_block="5" time="0"/>
  </device>
</superblock>
END
zeroes shared 4194304
succeeds thin_restore -q -i shared.xml -o shared
# It raised their snapshot times, with which the first write copies: back to 0.
details=$(thin_scan --fields shared | sed -n 's/.*name="device_details_root" value="\([0-9]*\)".*/\1/p')
for device in 0 1; do
  "$TESTS_DIR/functional/thin_repair/lie" shared "$details" $((32 + 126 * 8 + device * 24 + 16)) 0
done
{
  echo time,op,offset_sectors,length_sectors,device
  for i in 1 2 3 4 5 6 7 8; do echo "$i,write,$((i * 256)),8,a"; done
  echo 8.5,write,0,8,a
  echo 9,read,0,8,b
  echo 10,read,0,8,a
} >trace.csv

it "the replay stops and says which request"
fails thin_sim replay --metadata shared --save-metadata result trace.csv
expect_stderr_has "request 10: thin 2 (b): sectors 0 to 7 hold what request 9 wrote"
expect_stderr_has "'disagreement.scenario' reproduces it"
expect_absent result

it "the scenario has two requests"
[ "$(grep -c '^io ' disagreement.scenario)" -eq 2 ] || fail "$(cat disagreement.scenario)"
grep -qx 'io /dev/mapper/thin-1 write 0 8 1' disagreement.scenario || fail "no write"

it "running it shows the same"
cp shared metadata
succeeds thin_sim run --device /dev/metadata=metadata --device /dev/data=mem:12800s \
  disagreement.scenario
expect_stdout "0 8 seed=1"
