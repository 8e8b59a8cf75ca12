# The output is not overwritten by mistake.
kernel_image fresh input
kernel_image mixed-0 other
remember input other

it "asks before metadata is overwritten"
fails thin_metadata_pack -i input -o other
expect_stderr_has "The destination appears to already contain metadata, are you sure? [y/n]: "
expect_stderr_has "Output file not overwritten"
echo n >answer
run_with_input answer thin_metadata_pack -i input -o other
expect_status 1
expect_unchanged other

it "goes on when the answer is yes"
echo y >answer
cp other target
run_with_input answer thin_metadata_pack -i input -o target
expect_status 0
expect_different target other

it "refuses the input as output, under any name"
for same in input ./input; do
  fails thin_metadata_pack -f -i input -o "$same"
  expect_one_line_error "same" "$same"
done
ln -s input link
fails thin_metadata_pack -f -i input -o link
ln input hard
fails thin_metadata_pack -f -i input -o hard
expect_unchanged input

it "missing options and files"
fails thin_metadata_pack -o packed
expect_stderr_has "No input file provided."
fails thin_metadata_pack -i input
expect_stderr_has "No output file provided."
fails thin_metadata_pack -i missing -o packed
expect_one_line_error "missing" "No such file"
expect_absent packed
