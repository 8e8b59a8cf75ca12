# The metadata snapshot: checked with the rest, or alone.
kernel_image metadata-snapshot whole

it "alone, it is read alone"
cp whole pool
damage_block pool 342                # the active top level tree
remember pool
fails thin_check pool
expect_stdout_has 'TRANSACTION_ID='
succeeds thin_check -m pool
expect_stderr "what to do: nothing about what was checked; not checked: the active metadata's trees, reference counts"
expect_unchanged pool

it "a bad one fails both checks; of the active metadata the fields are printed"
cp whole pool
damage_block pool 1501               # its superblock
fails thin_check -m pool
expect_no_stdout
expect_stderr_has "metadata snapshot's superblock, block 1501: bad checksum in superblock"
fails thin_check pool
expect_stdout_has 'METADATA_FREE_BLOCKS='

it "there may be none"
kernel_image snapshots pool
run thin_check -m pool
expect_one_line_error pool 'No metadata snapshot found.' 'no current metadata snap'
