# Which regions are taken, and what is said of the others.
kernel_image snapshots pool
it "a region is needed"
fails thin_rmap pool
expect_no_stdout
expect_stderr_has 'No regions provided.'

it "half open, repeatable"
succeeds thin_rmap --region 23..7890 pool
expect_no_stderr
succeeds thin_rmap --region 1..23 --region 45..78 pool
expect_no_stderr

for text in 23,7890 23..six found..7890 89..88 89..89 89.. ..7 89...99 5..7x 5..7..9 0..-1 00 \
  -1..3 ' 1..2' 1..18446744073709551616; do
  it "'$text' is refused"
  fails thin_rmap --region "$text" pool
  expect_no_stdout
  expect_stderr_has "badly formed region '$text'"
done
it "nothing is no region"
fails thin_rmap --region '' pool
expect_no_stdout
it "the reason is given"
fails thin_rmap --region 5..5 pool
expect_stderr_has 'end <= begin'
fails thin_rmap --region 5 pool
expect_stderr_has 'no dots'

it "nothing is mapped there: no output, success"
succeeds thin_rmap --region 15000..16000 pool
expect_no_stdout
expect_no_stderr


it "what lies beyond the data device is said to"
succeeds thin_rmap --region 16380..20000 pool
expect_no_stdout
expect_stderr 'region 16380..20000: the pool has data blocks 0..16384 only'
fails thin_rmap --region 16384..20000 pool
expect_stderr 'region 16384..20000: the pool has data blocks 0..16384 only'
