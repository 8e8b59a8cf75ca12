# A mistake in the options: named, on standard error, status 1 (never 2, which
# LVM2 takes for "not installed").
for option in --hedgehogs-only -@; do
  it "$TOOL $option is refused"
  fails "$TOOL" "$option"
  expect_no_stdout
  expect_stderr_has "$option"
  [ "$(wc -l <stderr)" -le 2 ] || fail "more than a line and where to find help"
  expect_stderr_has "Try '$TOOL --help'"
  head -n 1 stderr | grep -qF "$TOOL" || fail "the first line does not name the tool"
done
it "also when an operand is there"
zeroes file 8192
remember file
fails "$TOOL" file --hedgehogs-only
expect_stderr_has --hedgehogs-only
expect_unchanged file
