# What either peer accepts is accepted: options shortened, repeated, glued, before and
# after operands, and options that LVM2's configuration leaves empty.
kernel_image metadata-snapshot pool
remember pool

it "long options may be shortened while only one can be meant"
succeeds thin_check --skip pool
succeeds thin_check --super --quiet pool
expect_no_stdout
succeeds thin_dump --form=human_readable pool
expect_stdout_has 'begin superblock'
succeeds thin_ls --no-h pool
expect_stdout_lacks DEV
fails thin_check --override 1 pool
expect_stderr_has --override

it "a value may be glued or apart; the last one counts"
succeeds thin_dump -fhuman_readable pool
mv stdout text
for form in '-f human_readable' '-f=human_readable' '--format human_readable' \
  '--format xml --format=human_readable'; do
  succeeds thin_dump $form pool
  expect_same text stdout
done

it "options may follow operands, and -- ends them"
succeeds thin_check pool -q
expect_no_stdout
succeeds thin_check -q -- pool
expect_no_stdout

it "-m with and without a block"
block=$(od -A n -t u8 -j 56 -N 8 pool | tr -d ' ')
for tool in thin_dump thin_ls; do
  succeeds $tool -m pool
  mv stdout plain
  for form in "-m$block" "-m=$block" --metadata-snap "--metadata-snap=$block"; do
    succeeds $tool "$form" pool
    expect_same plain stdout
  done
done

it "an empty operand, as LVM2 passes it, is none"
succeeds thin_check '' -q --clear-needs-check-flag pool
succeeds thin_dump '' pool
succeeds thin_ls '' pool
expect_unchanged pool

it "an empty value is a value"
kernel_image fresh pool
succeeds thin_ls -o '' pool
succeeds thin_ls --format= pool
fails thin_ls --format
expect_stderr_has "requires an argument"
fails thin_dump -m= pool
expect_stderr_has "invalid value '' for '--metadata-snap'"
fails thin_repair -i '' -o output
expect_stderr_has "No input file provided."

it "options that 1.3 hides are accepted, shown nowhere, and choose nothing"
kernel_image metadata-snapshot pool
truncate -s "$(stat -c %s pool)" out
thin_dump -o pool.xml pool
thin_metadata_pack -i pool -o pool.pack
for engine in sync async io_uring spindle; do
  for call in "thin_check" "thin_dump" "thin_ls" "thin_rmap --region 0..10" "thin_delta --thin1 0 --thin2 1" \
    "thin_repair -i pool -o out" "thin_restore -o out -i pool.xml" "thin_metadata_unpack -f -o unpacked -i pool.pack"; do
    operand=pool
    case $call in *restore* | *unpack* | *repair*) operand= ;; esac
    succeeds $call --io-engine $engine $operand
    succeeds $call --io-engine=$engine $operand
  done
done
for tool in thin_check thin_dump thin_ls thin_rmap thin_delta thin_repair thin_restore thin_metadata_unpack thin_trim; do
  fails $tool --io-engine steam pool
  expect_stderr_has "invalid value 'steam' for '--io-engine'"
  succeeds $tool --help
  expect_stdout_lacks io-engine
done
fails thin_metadata_size --io-engine sync
expect_stderr_has "unrecognized option"
for call in "thin_check -v" "thin_check -vv" "thin_dump -v" "thin_ls -v" "thin_repair -v -o out -i" "thin_repair -vv -o out -i" \
  "thin_restore -v -o out -i"; do
  operand=pool
  case $call in *restore*) operand=pool.xml ;; esac
  succeeds $call $operand
done
succeeds thin_restore --help
expect_stdout_lacks verbose

it "what is hidden makes no shortened option ambiguous"
succeeds thin_restore --i pool.xml --o out
succeeds thin_repair --i pool --o out
succeeds thin_check --metadata pool
