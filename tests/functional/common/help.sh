# -h and --help print the usage on standard output, whatever else is wanted.
for option in -h --help; do
  it "$TOOL $option prints its usage"
  succeeds "$TOOL" "$option"
  expect_no_stderr
  expect_stdout_match "^Usage: $TOOL "
  expect_stdout_match '^ +-h, --help'
  expect_stdout_match '^ +-V, --version'
  [ "$option" = --help ] || mv stdout short
done
it "both spellings print the same"
expect_same short stdout

it "help wins over a mistake that follows, and over other options"
succeeds "$TOOL" -h --hedgehogs-only
expect_same short stdout
succeeds "$TOOL" -h -V
expect_same short stdout

it "a reader that closes the pipe causes no message"
("$TOOL" --help 2>closed || true) | true
[ ! -s closed ] || fail "$(cat closed)"
