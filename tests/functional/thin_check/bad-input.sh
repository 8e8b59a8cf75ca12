# Things that are not metadata, beyond what every tool must refuse.
it "only the first block: the superblock can be checked, the rest cannot"
kernel_image mixed-0 whole
head -c 4096 whole >pool
remember pool
succeeds thin_check --super-block-only pool
expect_stdout_has 'TRANSACTION_ID=0'
run thin_check pool
expect_one_line_error pool 2048 'only 1 exist'
expect_unchanged pool

it "a truncated image"
head -c 5000000 whole >pool
remember pool
for option in '' --auto-repair --skip-mappings -m; do
  run thin_check $option pool
  expect_one_line_error pool 2048 'only 1220 exist'
done
expect_unchanged pool

it "zeroes and garbage, superblock only"
zeroes pool 8388608
run thin_check --super-block-only pool
expect_one_line_error pool 'bad checksum in superblock' 'all zeroes'
garbage pool 1048576
run thin_check --super-block-only pool
expect_one_line_error pool 'bad checksum in superblock'

it "a data device: a file system is recognised"
zeroes pool 1048576
poke pool 1080 '\123\357'
for option in '' --auto-repair; do
  run thin_check $option pool
  expect_one_line_error pool 'no thin metadata' 'ext4'
done

it "quiet means quiet"
fails thin_check -q pool
expect_no_stdout
expect_no_stderr
fails thin_check -q missing
expect_no_stderr
