# Metadata that begins some sectors into its device.
kernel_image mixed-1 good
thin_dump good >good.xml
for offset in 512 1024 4096 1048576; do
  it "by $offset bytes"
  zeroes moved "$offset"
  cat good >>moved
  zeroes rest $((4096 - offset % 4096))
  cat rest >>moved
  fails thin_check moved
  expect_stderr_has "thin metadata begins $offset bytes ($((offset / 512)) sectors) later"
  fails thin_dump moved
  expect_stderr_has "thin metadata begins $offset bytes"
  zeroes out 8388608
  succeeds thin_repair --strict -i moved -o out
  expect_stdout_has "The metadata begins $offset bytes ($((offset / 512)) sectors) into the device."
  thin_dump out >out.xml
  expect_same out.xml good.xml
done
