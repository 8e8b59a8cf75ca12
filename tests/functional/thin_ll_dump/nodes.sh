# Which nodes are listed for devices, and which as orphans.
root_of() { sed -n "/dev_id=\"$1\"/{n;s/.*blocknr=\"\([0-9]*\)\".*/\1/p}" stdout; } # DEVICE
kernel_image snapshots pool
remember pool

it "whole devices are one node each; orphans are of other blocks"
succeeds thin_ll_dump pool
expect_no_stderr
[ "$(grep -c '<device' stdout)" -eq "$(thin_ls --no-headers pool | wc -l)" ] || fail "not all devices"
sed -n '/<superblock/,/<\/superblock/p' stdout >devices.xml
sed -n '/<orphans/,/<\/orphans/p' stdout >orphans.xml
[ "$(grep -c '<node' devices.xml)" -eq "$(grep -c '<device' devices.xml)" ] || fail "more than roots"
grep -q '<node' orphans.xml || fail "this image has older trees"
mv stdout whole.xml
succeeds thin_ll_dump -o dump.xml pool
expect_no_stdout
expect_same whole.xml dump.xml
fails thin_ll_dump -o pool pool
expect_one_line_error same
expect_unchanged pool

it "orphans of a range of blocks"
succeeds thin_ll_dump --begin 6 --end 12 pool
sed -n '/<orphans/,$s/.*blocknr="\([0-9]*\)".*/\1/p' stdout | tr '\n' ' ' >given
[ "$(cat given)" = '6 11 ' ] || fail "orphans: $(cat given)"

it "a damaged leaf: its neighbours are listed, and the range between them is lost"
cp whole.xml stdout
root=$(root_of 0)
run thin_scan --entries --begin "$root" --end $((root + 1)) pool
sed -n 's/.*child="\([0-9]*\)".*/\1/p' stdout >children
lost=$(sed -n 2p children)
damage_block pool "$lost"
succeeds thin_ll_dump pool
expect_stderr_has "mapping tree of device 0, block $lost: bad checksum"
sed -n '/dev_id="0"/,/<\/device/s/.*blocknr="\([0-9]*\)".*/\1/p' stdout >given
grep -vx "$lost" children >expected
expect_same expected given

it "a damaged root: its children are orphans unless another device has them"
kernel_image mixed-0 pool
succeeds thin_ll_dump pool
device=$(sed -n 's/.*dev_id="\([0-9]*\)".*/\1/p' stdout | head -n 1)
root=$(root_of "$device")
damage_block pool "$root"
succeeds thin_ll_dump pool
sed -n "/dev_id=\"$device\"/,/<\/device/p" stdout | grep -q '<node' && fail "nodes of a lost tree"
expect_stderr_has "mapping tree of device $device, block $root: bad checksum"

it "other roots than the superblock's"
kernel_image metadata-snapshot held
succeeds thin_ll_dump -m held
mv stdout snap.xml
set_roots=$(sed -n 's/.*data_mapping_root="\([0-9]*\)" device_details_root="\([0-9]*\)".*/--data-mapping-root \1 --device-details-root=\2/p' snap.xml)
succeeds thin_ll_dump $set_roots held
grep -A 1 '<device' stdout >given
grep -A 1 '<device' snap.xml >expected
expect_same expected given
