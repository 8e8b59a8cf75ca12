# A node whose checksum is right and whose keys are not: what made it may have made others that look
# sound, so that all is regained, and nothing is called proven.
lie=$TESTS_DIR/functional/thin_repair/lie
truncate -s 8M result
for each in "strided 748" "random 277"; do
  it "an internal node, $each"
  kernel_image ${each% *} pool
  succeeds thin_dump -o good.xml pool
  "$lie" pool "${each#* }" 32 99999999
  succeeds thin_repair -i pool -o result
  expect_stderr_has "block ${each#* } is none, and its checksum is right"
  expect_stderr_has "No mapping is known to be missing; that none is was not proven"
  succeeds thin_dump result
  expect_same good.xml stdout
  fails thin_repair --strict -i pool -o result
done

it "the same node rotten: its parts prove that nothing was lost"
kernel_image strided pool
printf '\245\132' | dd of=pool bs=1 seek=$((748 * 4096 + 256)) conv=notrunc status=none
succeeds thin_repair --strict -i pool -o result
expect_stdout_has "Nothing was lost"
