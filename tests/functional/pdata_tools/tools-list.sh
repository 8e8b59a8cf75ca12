# pdata-tools/tools.list decides which links, man pages and common tests there
# are; the command tables decide which tools. They must agree.
it "every tool is in tools.list, and every line of it is a tool"
succeeds pdata_tools --help
sed -n '/^Tools:/,$ s/^  *\([a-z][a-z_]*\) .*/\1/p' stdout | sort >known
grep '^[a-z]' "$TESTS_DIR/../pdata-tools/tools.list" | sort >listed || true
expect_same listed known

it "each has a link beside the binary"
while read -r tool; do
  [ -L "$(dirname "$(command -v pdata_tools)")/$tool" ] || fail "no link for $tool"
done <listed

it "the page of the binary names each of them"
while read -r tool; do
  grep -q "$tool" "$TESTS_DIR/../man/pdata_tools.8" || fail "$tool is not in pdata_tools(8)"
done <listed
