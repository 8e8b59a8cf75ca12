# One binary: a tool is found by the name of a link or by the first argument.
it "the link and the first argument lead to the same tool"
succeeds "$TOOL" --help
mv stdout by_link
succeeds pdata_tools "$TOOL" --help
expect_same by_link stdout

it "a mistake is reported alike"
fails "$TOOL" --hedgehogs-only
mv stderr by_link
fails pdata_tools "$TOOL" --hedgehogs-only
expect_same by_link stderr

it "the list of tools names it"
for option in -h --help; do
  succeeds pdata_tools "$option"
  expect_no_stderr
  expect_stdout_match "^ +$TOOL "
done

it "an unknown tool is named"
fails pdata_tools thin_hedgehog
expect_no_stdout
expect_stderr_has thin_hedgehog
fails pdata_tools
expect_no_stdout

it "a link of any directory works"
ln -s "$(command -v pdata_tools)" "$TOOL"
succeeds "./$TOOL" -V
