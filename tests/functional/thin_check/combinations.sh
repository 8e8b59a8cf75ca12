# What may be combined with a repair.
kernel_image metadata-snapshot pool
remember pool
for other in -m --override-mapping-root=1 --override-details-root=1 --super-block-only \
  --skip-mappings --ignore-non-fatal-errors; do
  it "--auto-repair and $other"
  fails thin_check --auto-repair "$other" pool
  expect_no_stdout
  expect_stderr_has 'cannot perform fix'
  expect_stderr_has "Try 'thin_check --help' for more information."
done

for other in -m --override-mapping-root=1 --override-details-root=1; do
  it "--clear-needs-check-flag and $other"
  fails thin_check --clear-needs-check-flag "$other" pool
  expect_no_stdout
  expect_stderr_has 'cannot perform fix'
done

for other in --super-block-only --skip-mappings --ignore-non-fatal-errors --auto-repair; do
  it "--clear-needs-check-flag and $other"
  succeeds thin_check --clear-needs-check-flag "$other" pool
done
expect_unchanged pool

it "numbers are numbers"
fails thin_check --override-mapping-root=hedgehog pool
expect_stderr_has hedgehog
