# What thin_dump 0.9.0 wrote of every kernel-made image, byte for byte:
# expected.sha256 has the checksums of its output.
it "every image gives the XML of 0.9.0"
for name in $(kernel_images); do
  kernel_image "$name" "$name"
  succeeds thin_dump "$name"
  expect_no_stderr
  mv stdout "$name.xml"
  succeeds thin_dump -f xml --repair "$name"
  expect_same "$name.xml" stdout
done

it "so do the metadata snapshot and text to read"
succeeds thin_dump -m metadata-snapshot
expect_no_stderr
mv stdout metadata-snapshot.snap.xml
for name in snapshots fresh many-devices; do
  succeeds thin_dump --format human_readable "$name"
  expect_no_stderr
  mv stdout "$name.txt"
done
sha256sum -c "$TESTS_DIR/functional/thin_dump/expected.sha256" >checked 2>&1 ||
  fail "$(grep -v OK checked)"
