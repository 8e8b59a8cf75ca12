# A check of a part gives no all-clear.
kernel_image mixed-0 pool
damage_block pool 1505
damage_block pool 1506
it "it names what was not checked"
succeeds thin_check --super-block-only pool
expect_stderr 'what to do: nothing about what was checked; not checked: device trees, mapping trees, reference counts'
succeeds thin_check --skip-mappings pool
expect_stderr 'what to do: nothing about what was checked; not checked: mapping trees, reference counts'

it "nor where the needs_check flag is set"
kernel_image snapshots pool
poke pool 0 '\147\031\111\334\001'
succeeds thin_check --super-block-only pool
expect_stderr_has 'needs_check'
expect_stderr_lacks 'nothing is damaged'
expect_stderr_has 'what to do: check all of it (thin_check pool)'
tail -n 1 stderr | grep -qF 'not checked: device trees' || fail "the last line is an all-clear"
succeeds thin_check --skip-mappings --ignore-non-fatal-errors pool
expect_stderr_has 'what to do: check all of it (thin_check pool)'
succeeds thin_check --super-block-only --clear-needs-check-flag pool
expect_stderr_has 'Cleared needs_check flag'
expect_stderr_has 'what to do: nothing about what was checked; not checked: device trees'

it "nor where the metadata is full"
kernel_image metadata-full pool
for part in --super-block-only --skip-mappings "--super-block-only --ignore-non-fatal-errors"; do
  succeeds thin_check $part pool
  expect_stderr_has 'it is full; not checked: '
  expect_stderr_lacks 'not damaged'
done
succeeds thin_check pool
expect_stderr_has 'it is full, not damaged'

it "nor where something is damaged"
kernel_image mixed-0 pool
poke pool 0 '\377'
fails thin_check --skip-mappings pool
tail -n 1 stderr | grep -qF 'not checked: mapping trees' || fail "it does not say what was not checked"

it "damage of a metadata snapshot is no reason to repair an active pool"
kernel_image metadata-snapshot pool
fails thin_check -m --override-mapping-root 1 pool
tail -n 1 stderr | grep -q "check all of it .*; not checked: the active metadata's trees" ||
  fail "another advice: $(tail -n 1 stderr)"
expect_stderr_lacks 'thin_repair -i'

it "in JSON"
kernel_image mixed-0 pool
succeeds thin_check --skip-mappings --json pool
expect_stdout_has '"verdict": "nothing_found"'
expect_stdout_has '"mapping trees"'
succeeds thin_check --json pool
expect_stdout_has '"verdict": "healthy"'
expect_stdout_has '"not_checked": []'
