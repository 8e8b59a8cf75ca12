# Lost mappings are told by device and virtual range, with the bad block.
kernel_image mixed-0 pool
damage_block pool 1505
remember pool
it "a bad leaf of device 2"
fails thin_check pool
expect_stdout_has 'METADATA_FREE_BLOCKS='
expect_stderr_has 'fatal: mapping tree of device 2, block 1505: bad checksum; virtual blocks [429, 1028) are lost'
expect_stderr_match '^thin device 2: [0-9]+ of [0-9]+ mappings can be read, 195 are lost$'
tail -n 1 stderr | grep -qF thin_repair || fail "the last line does not say what to do"
[ "$(grep -c '^fatal' stderr)" -eq 1 ] || fail "one bad block, several findings"

it "nothing is repaired"
for option in --auto-repair --clear-needs-check-flag --ignore-non-fatal-errors; do
  fails thin_check "$option" pool
  fails thin_check -q "$option" pool
  expect_no_stdout
  expect_no_stderr
done
expect_unchanged pool

it "a check of less passes"
succeeds thin_check --skip-mappings pool
succeeds thin_check --super-block-only pool

it "a bad superblock"
kernel_image mixed-0 pool
poke pool 48 '\377'
remember pool
for option in '' --auto-repair --super-block-only; do
  fails thin_check $option pool
  expect_no_stdout
  expect_stderr_has 'bad checksum in superblock'
done
expect_unchanged pool

