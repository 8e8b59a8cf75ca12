# Metadata that the kernel wrote is healthy, whatever is asked for.
for name in $(kernel_images); do
  it "$name"
  kernel_image "$name" pool
  remember pool
  succeeds thin_check pool
  case $name in
    metadata-full) expect_stderr_has 'it is full, not damaged' ;;
    *) expect_stderr 'what to do: nothing, all is well' ;;
  esac
  expect_stdout_match '^TRANSACTION_ID=[0-9]+$'
  expect_stdout_match '^METADATA_FREE_BLOCKS=[0-9]+$'
  [ "$(wc -l <stdout)" -eq 2 ] || fail "standard output is not two lines"
  expect_unchanged pool
done

it "the numbers are the true ones"
kernel_image metadata-snapshot pool
succeeds thin_check pool
expect_stdout 'TRANSACTION_ID=42
METADATA_FREE_BLOCKS=2019'

for option in --super-block-only --skip-mappings --ignore-non-fatal-errors --clear-needs-check-flag \
  --auto-repair -m --metadata-snap --metadata-snapshot; do
  it "$option alone"
  remember pool
  succeeds thin_check "$option" pool
  expect_stdout_has 'TRANSACTION_ID=42'
  expect_stdout_has 'METADATA_FREE_BLOCKS=2019'
  expect_unchanged pool
  it "$option, quietly"
  for quiet in -q --quiet; do
    succeeds thin_check "$quiet" "$option" pool
    expect_no_stdout
    expect_no_stderr
  done
done

it "the options that LVM2 and others use"
succeeds thin_check -q --clear-needs-check-flag --skip-mappings pool
succeeds thin_check '' -q --clear-needs-check-flag pool
succeeds thin_check --auto-repair --json pool
expect_unchanged pool
