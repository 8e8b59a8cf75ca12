# What is damaged is found again where it is on the device, and what is lost is
# said loudly. Block numbers are those of the kernel's image.
kernel_image snapshots pool.metadata
cp pool.metadata sound
remember pool.metadata
truncate -s 8M result

it "finds roots without the superblock, given what stands nowhere else"
zeroes zero 4096
dd if=zero of=pool.metadata conv=notrunc status=none
fails thin_repair -i pool.metadata -o result
expect_stderr_has 'data block size'
succeeds thin_repair --data-block-size 128 -v -i pool.metadata -o result
expect_stderr_has 'The superblock is lost.'
expect_stderr_has 'Nothing was lost'
succeeds thin_check -q result

it "rebuilds lost device details"
cp sound pool.metadata
damage_block pool.metadata 1765
succeeds thin_repair -i pool.metadata -o result
expect_stderr_has 'guessed: its details'
succeeds thin_check -q result

it "finds the trees of the devices without the top level"
cp sound pool.metadata
damage_block pool.metadata 1762
succeeds thin_repair -v -i pool.metadata -o result
expect_stderr_has 'No mapping is known to be missing'
succeeds thin_check -q result

it "names trees by the state before the last commit"
cp sound pool.metadata
damage_block pool.metadata 1762
damage_block pool.metadata 1765
succeeds thin_repair -v -i pool.metadata -o result
expect_stderr_has 'The state before the last commit is still on the device'
expect_stderr_has 'No mapping is known to be missing'
expect_stderr_has 'guessed: its tree'
index=$(sed -n 's/.*last commit is still on the device, with index block \([0-9]*\).*/\1/p' stderr)
succeeds thin_check -q result

it "and by older states where that is lost too, and proves nothing by them"
damage_block pool.metadata "$index"
succeeds thin_repair -i pool.metadata -o result
expect_stderr_has 'guessed: the trees of devices, which are lost: older ones were taken'
expect_stderr_has 'that none is was not proven'
succeeds thin_check -q result
fails thin_repair --strict -i pool.metadata -o result

it "never calls an empty pool a success"
head -c 4096 sound >hollow
truncate -s "$(wc -c <sound)" hollow
remember result
fails thin_repair -i hollow -o result
expect_stderr_has 'no mapping'
expect_unchanged result

it "names the roots to choose from where it cannot tell which state was the last"
cp sound pool.metadata
dd if=zero of=pool.metadata conv=notrunc status=none
damage_block pool.metadata 1768
fails thin_repair --data-block-size 128 -i pool.metadata -o result
expect_stderr_has 'choose by --mapping-root 1762 --details-root 1765'
succeeds thin_repair --data-block-size 128 --mapping-root 1762 --details-root 1765 \
  -i pool.metadata -o result
succeeds thin_check -q result
succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS result
cp stdout found
succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS sound
expect_same stdout found
