# Healthy metadata comes out as it went in, with the overrides applied.
kernel_image snapshots pool.metadata
cp pool.metadata result
remember pool.metadata

it "copies what is sound and says so on standard output"
succeeds thin_repair -i pool.metadata -o result
expect_no_stderr
expect_stdout_has 'Nothing was lost'
expect_stdout_has "Keep 'pool.metadata'"
expect_unchanged pool.metadata
succeeds thin_check -q result

it "needs no more space than there was"
succeeds thin_repair -q -i pool.metadata -o result
expect_no_stdout
expect_no_stderr

it "takes LVM2's empty operand"
succeeds thin_repair "" -i pool.metadata -o result

it "applies the overrides"
succeeds thin_repair --transaction-id 2345 --data-block-size 8192 --nr-data-blocks 234500 \
  -i pool.metadata -o result
expect_no_stderr
expect_stdout_has 'transaction id 2345'
expect_stdout_has '234500 data blocks of 8192 sectors'
succeeds thin_check result
expect_stdout_has 'TRANSACTION_ID=2345'

it "refuses a data device that is too small for what is mapped"
remember result
fails thin_repair --nr-data-blocks 10 -i pool.metadata -o result
expect_stderr_has 'nr-data-blocks'
expect_unchanged result

it "reports as JSON"
succeeds thin_repair --json -i pool.metadata -o result
expect_stdout_has '"lost_something": false'
