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
tail -n 1 stderr | grep -qF 'not checked: device trees' || fail "the last line is an all-clear"

it "in JSON"
kernel_image mixed-0 pool
succeeds thin_check --skip-mappings --json pool
expect_stdout_has '"verdict": "nothing_found"'
expect_stdout_has '"mapping trees"'
succeeds thin_check --json pool
expect_stdout_has '"verdict": "healthy"'
expect_stdout_has '"not_checked": []'
