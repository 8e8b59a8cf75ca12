# Files beyond what 32 bits count: their bytes are found, whatever memory can be addressed; what
# would not go into memory is refused.
kernel_image mixed-1 pool.metadata
succeeds thin_dump pool.metadata
mv stdout pool.xml

it "metadata of 16 GiB is written, checked and read"
truncate -s 16G large.metadata
succeeds thin_restore -i pool.xml -o large.metadata
succeeds thin_check large.metadata
succeeds thin_dump large.metadata
expect_same stdout pool.xml

it "data beyond 4 GiB is read where it is"
cat >far.xml <<'XML'
<superblock uuid="" time="0" transaction="0" version="2" data_block_size="128" nr_data_blocks="81920">
  <device dev_id="1" mapped_blocks="1" transaction="0" creation_time="0" snap_time="0">
    <single_mapping origin_block="0" data_block="81919" time="0"/>
  </device>
</superblock>
XML
truncate -s 4M far.metadata
succeeds thin_restore -i far.xml -o far.metadata
truncate -s 5G far.data
garbage block 65536
dd if=block of=far.data bs=64k seek=81919 conv=notrunc status=none
succeeds thin_extract --metadata-dev far.metadata --data-dev far.data --dev-id 1 -o far.volume
expect_same far.volume block

[ "$(getconf LONG_BIT)" -eq 32 ] || exit 0
it "more than can be addressed is refused as what memory has not"
truncate -s 15T huge.metadata
fails thin_scan huge.metadata
expect_one_line_error "out of memory"
