# Metadata without room: full is not damaged, and no reason to fail.
it "the kernel's own image"
kernel_image metadata-full pool
succeeds thin_check pool
expect_stderr_match '^tolerable: .*the metadata is full: [0-9]+ blocks are free, and the kernel keeps [0-9]+ in reserve$'
tail -n 1 stderr | grep -qF 'extend the metadata device' || fail "the last line does not say what to do"
succeeds thin_check --json pool
expect_stdout_has '"full": true'

it "there is room"
kernel_image mixed-0 pool
succeeds thin_check --json pool
expect_stdout_has '"reserve": 204'
expect_stdout_has '"full": false'

it "thin_ls says so, too"
kernel_image metadata-full pool
succeeds thin_ls pool
expect_stderr_match '^the metadata is full \(461 of 512 metadata blocks are used, the kernel keeps 51 in reserve\)'
succeeds thin_ls --json pool
expect_stdout_has '"metadata_blocks": {"total": 512, "used": 461, "reserve": 51, "full": true}'
