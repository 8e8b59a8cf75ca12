# Blocks whose checksum is wrong.
kernel_image mixed-1 damaged
damage_block damaged 100

it "are left out, with a word about it"
succeeds thin_metadata_pack -i damaged -o packed
expect_stderr_match '^[0-9]+ damaged blocks were left out'
succeeds thin_metadata_unpack -i packed -o copy
expect_different damaged copy

it "with nothing else there is nothing to pack, and no file"
garbage noise 65536
fails thin_metadata_pack -i noise -o nothing
expect_one_line_error noise "no sound block"
expect_absent nothing
succeeds thin_metadata_pack --keep-damaged -i noise -o packed -f
succeeds thin_metadata_unpack -i packed -o copy -f
expect_same noise copy

it "are kept on request, to the byte"
succeeds thin_metadata_pack --keep-damaged -i damaged -o packed -f
expect_no_stderr
succeeds thin_metadata_unpack -i packed -o copy -f
expect_same damaged copy
