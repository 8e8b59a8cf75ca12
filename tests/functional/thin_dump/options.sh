# Every option, alone and where options meet.
kernel_image snapshots pool
remember pool
succeeds thin_dump pool
mv stdout whole.xml

it "--dev-id chooses devices, an unknown one is answered with those that there are"
succeeds thin_dump --dev-id 3 pool
[ "$(grep -c '<device' stdout)" -eq 1 ] || fail "not one device"
expect_stdout_has '<device dev_id="3" mapped_blocks="704"'
succeeds thin_dump --dev-id=5 --dev-id 0 pool
[ "$(sed -n 's/.*dev_id="\([0-9]*\)".*/\1/p' stdout | tr '\n' ' ')" = '0 5 ' ] || fail "not 0 and 5"
sed -n '/dev_id="0"/,/<\/device>/p; /dev_id="5"/,/<\/device>/p' whole.xml >wanted
sed '1d;$d' stdout >given
expect_same wanted given
fails thin_dump --dev-id 77 pool
expect_one_line_error "the metadata has no device 77; it has 0, 1, 2, 3, 4, 5 and 6"
fails thin_dump -r --dev-id 77 pool
expect_one_line_error "no device 77; it has 0, 1, 2, 3, 4, 5 and 6"

it "--skip-mappings leaves the devices, also those that --dev-id chooses"
succeeds thin_dump --skip-mappings pool
grep -v _mapping whole.xml >expected
expect_same expected stdout
succeeds thin_dump --skip-mappings --dev-id 2 pool
[ "$(wc -l <stdout)" -eq 4 ] || fail "not one empty device"

it "overrides replace fields of the superblock"
succeeds thin_dump --transaction-id 2345 --data-block-size 8192 --nr-data-blocks 234500 pool
expect_no_stderr
head -n 1 stdout | grep -qF ' transaction="2345" flags="0" version="2" data_block_size="8192" nr_data_blocks="234500">' ||
  fail "not in the first line"
sed 1d whole.xml >wanted
sed 1d stdout >given
expect_same wanted given
succeeds thin_dump --transaction-id 1 --transaction-id 2 pool
expect_stdout_has 'transaction="2" flags'
for option in --transaction-id --data-block-size --nr-data-blocks --dev-id; do
  fails thin_dump $option many pool
  expect_stderr_has "$option"
  fails thin_dump $option -1 pool
done

it "--format"
for format in xml human_readable json; do
  succeeds thin_dump -f $format pool
  mv stdout short
  succeeds thin_dump --format=$format pool
  expect_same short stdout
done
expect_stdout_match '^  "superblock": \{$'
[ "$(grep -c origin_begin stdout)" -eq "$(grep -c _mapping whole.xml)" ] || fail "other mappings"
fails thin_dump -f tex pool
expect_stderr_has "unknown format 'tex'"

it "-o writes a file, and nothing else"
succeeds thin_dump -o dump.xml pool
expect_no_stdout
expect_no_stderr
expect_same whole.xml dump.xml
succeeds thin_dump --output dump.xml --skip-mappings --dev-id 0 pool
[ "$(wc -l <dump.xml)" -eq 4 ] || fail "not replaced"
fails thin_dump -o missing/dump.xml pool
expect_stderr_has missing/dump.xml

it "-m dumps the metadata snapshot, whose place may be given"
fails thin_dump -m pool
expect_one_line_error pool "no current metadata snap"
kernel_image metadata-snapshot held
succeeds thin_dump -m held
mv stdout snap.xml
expect_different snap.xml whole.xml
location=$(od -A n -t u8 -j 56 -N 8 held | tr -d ' ')
for form in -m"$location" --metadata-snap="$location" -m=; do
  [ "$form" != -m= ] || form=--metadata-snap
  succeeds thin_dump $form held
  expect_same snap.xml stdout
done
fails thin_dump -m7 held
expect_one_line_error held "does not match"

it "nothing was written to the metadata"
expect_unchanged pool
