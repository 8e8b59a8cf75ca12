# Leaks: what they mean without a repair, and what a repair does.
metadata_leaks() { # sixteen blocks that nobody uses are counted once
  kernel_image snapshots pool
  poke pool 7213056 '\102\003\257\123'
  poke pool 7213072 '\252\252\252\252\052'
}
data_leaks() {
  kernel_image snapshots pool
  poke pool 7208960 '\373\022\145\227'
  poke pool 7208977 '\277'
  poke pool 7209162 '\366'
  poke pool 7209273 '\252\252\252\012'
}
set_flag() { # needs_check; the superblock's sum fits an otherwise unchanged one
  poke pool 0 '\147\031\111\334\001'
}

for kind in metadata data; do
  it "$kind leaks fail a plain check, which says how many there are and what to do"
  "${kind}_leaks"
  remember pool
  fails thin_check pool
  expect_stdout_has 'TRANSACTION_ID=0'
  expect_stderr_has "16 $kind blocks have leaked"
  expect_stderr_match '^leak: .*counted as used 1 times, used 0 times$'
  tail -n 1 stderr | grep -qF -- --auto-repair || fail "the last line does not say what to do"
  fails thin_check -q pool
  expect_no_stderr

  it "$kind leaks can be ignored"
  succeeds thin_check --ignore-non-fatal-errors pool
  succeeds thin_check --super-block-only pool
  succeeds thin_check --skip-mappings pool
  expect_unchanged pool

  for option in --auto-repair --clear-needs-check-flag; do
    it "$option gives leaked $kind back"
    "${kind}_leaks"
    succeeds thin_check "$option" pool
    expect_stderr_has "16 leaked $kind blocks were given back"
    remember pool
    succeeds thin_check pool
    expect_stderr 'what to do: nothing, all is well'
    succeeds thin_check "$option" pool
    expect_unchanged pool

    it "$option gives leaked $kind back and clears the flag"
    "${kind}_leaks"
    set_flag
    succeeds thin_check -q "$option" pool
    expect_no_stdout
    expect_no_stderr
    succeeds thin_check pool
    expect_stderr 'what to do: nothing, all is well'
  done

  for option in --super-block-only --skip-mappings; do
    it "--clear-needs-check-flag $option clears the flag alone"
    "${kind}_leaks"
    cp pool without_flag
    set_flag
    succeeds thin_check --clear-needs-check-flag "$option" pool
    expect_stderr_has 'Cleared needs_check flag'
    expect_same pool without_flag
  done
done

it "the flag alone: a plain check passes and names the option"
kernel_image snapshots healthy
kernel_image snapshots pool
set_flag
remember pool
succeeds thin_check pool
expect_stderr_has 'needs_check'
tail -n 1 stderr | grep -qF -- --clear-needs-check-flag || fail "the last line does not say what to do"
expect_unchanged pool
succeeds thin_check --clear-needs-check-flag pool
expect_same pool healthy

it "counts below the references are never repaired"
for option in --auto-repair --clear-needs-check-flag --ignore-non-fatal-errors; do
  kernel_image snapshots pool
  poke pool 7213056 '\342\066\273\033'
  poke pool 7213104 '\000'
  poke pool 7213176 '\000'
  set_flag
  remember pool
  fails thin_check "$option" pool
  expect_stderr_has 'metadata blocks have bad reference counts'
  expect_stderr_match '^fatal: .*counted as used 0 times, used 1 times$'
  expect_unchanged pool
done

it "a repair that is not possible says so, one that is not needed needs no right to write"
need_nobody
chmod 777 .
metadata_leaks
chmod 444 pool
remember pool
run as_nobody thin_check --auto-repair pool
expect_status 1
expect_stderr_has 'Permission denied'
expect_unchanged pool
rm pool
kernel_image snapshots pool
chmod 444 pool
run as_nobody thin_check --auto-repair pool
expect_status 0
