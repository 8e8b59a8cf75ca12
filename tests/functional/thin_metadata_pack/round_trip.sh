# What is packed comes back to the byte, whatever the size of the metadata.
it "every kernel-made image survives, and becomes small"
for name in $(kernel_images); do
  kernel_image "$name" original
  succeeds thin_metadata_pack -i original -o packed -f
  expect_no_stdout
  succeeds thin_metadata_unpack -i packed -o copy -f
  succeeds thin_metadata_pack -i copy -o packed-again -f
  expect_same packed packed-again
  succeeds thin_metadata_pack --keep-damaged -i original -o packed -f
  succeeds thin_metadata_unpack -i packed -o copy -f
  expect_same original copy
done

it "fewer blocks than a chunk holds"
kernel_image fresh whole
head -c $((16 * 4096)) whole >few
succeeds thin_metadata_pack -i few -o packed -f
succeeds thin_metadata_unpack --input packed --output copy --force
expect_same few copy

it "a file whose size is no multiple of the block size loses its tail"
{ cat few; printf tail; } >ragged
succeeds thin_metadata_pack -i ragged -o packed -f
succeeds thin_metadata_unpack -i packed -o copy -f
expect_same few copy
