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
