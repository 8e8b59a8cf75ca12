# Times that make a kernel write into blocks that a snapshot shares.
. "$TESTS_DIR/functional/thin_check/shared-times.inc"
succeeds thin_sim run --device /dev/vda=pool:4M --device /dev/vdb=data:640M pool.scenario
succeeds thin_check pool
expect_stderr 'what to do: nothing, all is well'
remember pool

it "the pool's time below its devices' and its mappings'"
succeeds thin_generate_damage --block 0 --field time --value 0 -o pool
fails thin_check pool
expect_stderr_has 'time 2 is ahead of the pool'
expect_stderr_has "a mapping's time, 1, is ahead of the pool's clock, 0"

it "a device's snapshot time not above the times of what it shares"
cp pool.remembered pool
low_snapshot_time pool
succeeds thin_dump -o pool.xml pool
fails thin_check pool
expect_stderr_has 'mapping tree of device 3: 1 mappings of blocks that are mapped more than once are not older than its snapshot time, 1'

it "and the advice helps"
tail -n 1 stderr | grep -qF 'snap_time of these devices to 3' || fail "the last line does not say what to do"
sed -e '/<superblock/s/ time="[0-9]*"/ time="3"/' -e '/dev_id="3"/s/snap_time="1"/snap_time="3"/' pool.xml >mended.xml
zeroes pool 4194304
succeeds thin_restore -i mended.xml -o pool
succeeds thin_check pool
expect_stderr 'what to do: nothing, all is well'

it "one data block twice in one device"
cat >twice.xml <<'X'
<superblock uuid="" time="0" transaction="0" flags="0" version="2" data_block_size="128" nr_data_blocks="100">
<device dev_id="0" mapped_blocks="2" transaction="0" creation_time="0" snap_time="0">
<single_mapping origin_block="0" data_block="7" time="0"/><single_mapping origin_block="9" data_block="7" time="0"/>
</device></superblock>
X
zeroes twice 4194304
succeeds thin_restore -i twice.xml -o twice
expect_stderr_has 'snapshot times raised: device 0 from 0 to 1, the pool'
expect_stderr_has 'written into blocks that are mapped more than once'
succeeds thin_check twice
