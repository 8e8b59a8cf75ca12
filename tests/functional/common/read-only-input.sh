# Reading needs no right to write.
grep "^$TOOL " "$TESTS_DIR/functional/common/inputs.list" | grep -v OUT >calls || exit 0
it "a file that may not be written is read, and left alone"
need_nobody
kernel_image snapshots pool
remember pool
chmod 444 pool
while read -r call; do
  run as_nobody $(printf '%s\n' "$call" | sed 's|IN|pool|')
  expect_status 0
  expect_unchanged pool
done <calls
