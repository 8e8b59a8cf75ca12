# What thin_trim does not touch.
kernel_image mixed-1 metadata
truncate -s 1073741824 data
yes x | head -c 4096 | dd of=data conv=notrunc status=none
sum() { cksum <data >"$1"; }
sum before

unharmed() {
  sum after
  expect_same before after
}

it "a data device that is smaller than the pool"
head -c 1048576 data >small
fails thin_trim --metadata-dev metadata --data-dev small
expect_one_line_error "unexpected data device size" small

it "any pool whose metadata is damaged"
cp metadata damaged
damage_block damaged "$(od -An -tu8 -j320 -N8 metadata | tr -d ' ')"
fails thin_trim --metadata-dev damaged --data-dev data
expect_no_stdout
expect_stderr_has "metadata contains errors (run thin_check for details)."
unharmed

it "things that are no metadata or no data device"
fails thin_trim --metadata-dev data --data-dev metadata
fails thin_trim --metadata-dev missing --data-dev data
expect_one_line_error missing
fails thin_trim --metadata-dev metadata --data-dev missing
expect_one_line_error missing
fails thin_trim --metadata-dev metadata --data-dev /dev/null
expect_one_line_error /dev/null
unharmed

it "missing options"
fails thin_trim --metadata-dev metadata
expect_stderr_has "No data device provided."
fails thin_trim --data-dev data
expect_stderr_has "No metadata device provided."
