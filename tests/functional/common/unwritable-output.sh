# Where its answer cannot be written, a tool says so and does not succeed.
it "standard output on a full device"
for option in --help -V; do
  run sh -c "exec $TOOL $option >/dev/full"
  expect_one_line_error "$TOOL: " "Couldn't write the output: No space left on device"
done

it "standard output is closed"
run sh -c "exec $TOOL --help >&-"
expect_one_line_error "$TOOL: " "Couldn't write the output"
