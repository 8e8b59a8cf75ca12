# What the metadata snapshot and damage change.
blocks_of() { od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '; } # FILE OFFSET
kernel_image metadata-snapshot held
succeeds thin_ls -m --no-headers -o DEV,EXCLUSIVE_BYTES held
expect_no_stderr
mv stdout snap
succeeds thin_ls --no-headers -o DEV,EXCLUSIVE_BYTES held
expect_different snap stdout

it "-m does not need the active trees"
damage_block held "$(blocks_of held 320)"
damage_block held "$(blocks_of held 328)"
succeeds thin_ls -m --no-headers -o DEV,EXCLUSIVE_BYTES held
expect_no_stderr
expect_same snap stdout
fails thin_ls held
expect_stderr_has 'device details tree'

it "without a metadata snapshot -m fails"
kernel_image snapshots pool
fails thin_ls -m pool
expect_one_line_error pool 'no current metadata snap'

it "damaged mappings: the default still works, what depends on them is not given"
succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS pool
mv stdout whole
damage_block pool 1722
succeeds thin_ls pool
expect_no_stderr
fails thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,HIGHEST_BLOCK pool
expect_stderr_has 'mapping tree of device 2, block 1722: bad checksum'
expect_stderr_has 'metadata contains errors (run thin_check for details).'
sed 's/ - - $/ /' stdout >given
expect_same whole given
fails thin_ls --json -o DEV,SHARED_BLOCKS pool
expect_stdout_has '"complete": false'
expect_stdout_has '"shared_blocks": null'
