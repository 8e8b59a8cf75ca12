# -V and --version: LVM2 and mkinitramfs scan the first line for x.y.z.
for option in -V --version; do
  it "$TOOL $option prints a version that scripts can read"
  succeeds "$TOOL" "$option"
  expect_no_stderr
  head -n 1 stdout | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+' || fail "the first line is no version"
  expect_stdout "$(cat "$TESTS_DIR/../VERSION")"
done
