# Nothing to work on, and the empty operand that LVM2's option lists leave.
it "$TOOL without arguments says what is missing"
fails "$TOOL"
expect_no_stdout
[ -s stderr ] || fail "standard error is empty"
[ "$(wc -l <stderr)" -le 2 ] || fail "more than a line and where to find help"

it "an empty operand counts as none"
mv stderr without
fails "$TOOL" ''
expect_no_stdout
expect_same without stderr
