# Each operation, seen by the other tools.
generate() { succeeds thin_generate_metadata -o pool "$@"; expect_no_stdout; expect_no_stderr; }
# refused OPTION...: a call that fails in one line, and the pool is as it was.
refused() {
  fails thin_generate_metadata -o pool "$@"
  [ "$(wc -l <stderr)" -eq 1 ] || fail "not one line"
  succeeds thin_dump pool
  expect_same pool.xml stdout
}
zeroes pool 4194304

it "formats, also over something else"
garbage pool 4194304
generate --format
succeeds thin_check pool
succeeds thin_dump pool
expect_stdout_has 'data_block_size="128" nr_data_blocks="10240"'
generate --format --block-size 384
succeeds thin_dump pool
expect_stdout_has 'data_block_size="384"'
generate --format --data-block-size 256 --nr-data-blocks 77
succeeds thin_dump pool
expect_stdout_has 'data_block_size="256" nr_data_blocks="77"'
succeeds thin_check pool

it "what does not fit is refused before anything is written"
remember pool
fails thin_generate_metadata -o pool --format --nr-data-blocks 10000000000
expect_one_line_error pool 'Output file too small'
fails thin_generate_metadata -o pool --format --nr-data-blocks 100000000000
expect_one_line_error 'more than metadata can describe'
fails thin_generate_metadata -o pool --format --devices 4 --mappings 1000000
expect_one_line_error 'Output file too small'
fails thin_generate_metadata -o pool --format --devices 16777215 --mappings 4294967296
expect_one_line_error 'more data blocks than metadata can describe'
fails thin_generate_metadata -o pool --format --devices 2 --mappings 10 --nr-data-blocks 5
expect_one_line_error 'needs 21 data blocks'
expect_unchanged pool

it "creates, snapshots and deletes devices"
generate --create-thin 3
generate --create-snap 5 --origin 3
generate --create-thin 4
generate --delete 3
succeeds thin_check pool
succeeds thin_ls --no-headers -o DEV pool
tr -d ' ' <stdout >given
printf '4\n5\n' >expected
expect_same expected given
fails thin_generate_metadata -o pool --create-thin 4
expect_one_line_error 'create device 4' pool 'File exists'
succeeds thin_check pool
thin_dump pool >pool.xml
refused --create-thin 4
refused --delete 99
refused --create-snap 6 --origin 99

it "holds and releases a metadata snapshot"
generate --reserve-metadata-snap
succeeds thin_ls -m pool
thin_dump pool >pool.xml
refused --reserve-metadata-snap
generate --release-metadata-snap
fails thin_ls -m pool
refused --release-metadata-snap
succeeds thin_check pool

it "sets transaction id and needs_check"
generate --set-transaction-id 1234
generate --set-needs-check
succeeds thin_dump pool
expect_stdout_has 'transaction="1234" flags="1"'
generate --set-needs-check=false
succeeds thin_dump pool
expect_stdout_has 'transaction="1234" flags="0"'
generate --set-needs-check=true
succeeds thin_dump pool
expect_stdout_has 'flags="1"'

it "makes pools with mappings, the same every time"
generate --format --devices 3 --mappings 500 --shared 1000 --run-length 4
succeeds thin_check pool
succeeds thin_ls --no-headers -o DEV,EXCLUSIVE_BLOCKS,SHARED_BLOCKS pool
[ "$(grep -cE ' *[123] +500 +1000 ' stdout)" -eq 3 ] || fail "other devices"
cp pool first
generate --format --devices 3 --mappings 500 --shared 1000 --run-length 4
expect_same first pool
generate --format --devices 3 --mappings 500 --shared 1000 --run-length 4 --seed 2
expect_different first pool

it "wrong calls change nothing"
remember pool
for call in '' '--format --delete 1' '--create-snap 1' '--origin 1 --delete 1' '--delete x' \
  '--set-needs-check=maybe' '--create-thin 16777216' '--format --data-block-size 100' \
  '--delete 1 --nr-data-blocks 5' '--delete 1 --mappings 5'; do
  fails thin_generate_metadata -o pool $call
  expect_stderr_has "Try 'thin_generate_metadata --help'"
  expect_unchanged pool
done
fails thin_generate_metadata --format
expect_stderr_has 'No output file provided.'
fails thin_generate_metadata --format -o missing
expect_one_line_error missing
zeroes blank 4194304
remember blank
fails thin_generate_metadata --create-thin 1 -o blank
expect_one_line_error 'this is no thin metadata'
expect_unchanged blank
