# Two roles on the same bytes are refused before a byte has changed, by whatever names.
kernel_image mixed-1 meta
cp meta other
truncate -s 512M data
succeeds thin_dump -o pool.xml meta
before=$(cksum meta other pool.xml)

# refused COMMAND...: refused in one line that names both, and nothing is another.
refused() {
  fails "$@"
  expect_no_stdout
  [ "$(wc -l <stderr)" -eq 1 ] || fail "standard error is not one line"
  expect_stderr_has "are on the same bytes"
  [ "$(cksum meta other pool.xml)" = "$before" ] || fail "a file was changed"
}

# Every pair of roles of which one changes bytes, A and B being names of one file.
all_pairs() {
  a=$1 b=$2
  refused thin_trim --metadata-dev "$a" --data-dev "$b"
  refused thin_shrink --binary -i "$a" -o other --data "$b" --nr-blocks 50
  refused thin_shrink --binary -i "$a" -o "$b" --data data --nr-blocks 50
  refused thin_shrink --binary -i other -o "$a" --data "$b" --nr-blocks 50
  refused thin_shrink --binary -i "$a" -o other --data data --nr-blocks 50 --journal "$b"
  refused thin_shrink --binary -i other -o "$a" --data data --nr-blocks 50 --journal "$b"
  refused thin_extract --metadata-dev "$a" --data-dev data --dev-id 1 -o "$b"
  refused thin_extract --metadata-dev other --data-dev "$a" --dev-id 1 -o "$b"
  refused thin_repair -i "$a" -o "$b"
  refused thin_dump -o "$b" "$a"
  refused thin_dump -r -o "$b" "$a"
  refused thin_scan -o "$b" "$a"
  refused thin_ll_dump -o "$b" "$a"
  refused thin_ll_restore -E "$a" -i pool.xml -o "$b"
  refused thin_ll_restore -E other -i "$a" -o "$b"
  refused thin_restore -i "$a" -o "$b"
  refused thin_metadata_pack -f -i "$a" -o "$b"
  refused thin_metadata_unpack -f -i "$a" -o "$b"
}
