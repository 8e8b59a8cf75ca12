# What the peers' own tests, and LVM2's, ask of thin_repair and thin_dump --repair.
kernel_image snapshots history
succeeds thin_dump history
mv stdout before.xml
truncate -s 8M pool sound result
succeeds thin_restore -q -i before.xml -o sound
zeroes zero 4096

# A pool without superblock, as a restore left it.
lose_superblock() {
  cp sound pool
  dd if=zero of=pool conv=notrunc status=none
}
# expect_dump_has TEXT: the result's superblock line
expect_dump_has() {
  succeeds thin_dump result
  head -n 1 stdout | grep -qF -e "$1" || fail "the dump of the result lacks '$1'"
}

it "a zeroed superblock costs nothing if all three values are given"
lose_superblock
succeeds thin_repair --transaction-id 0 --data-block-size 128 --nr-data-blocks 16384 \
  -i pool -o result
expect_no_stderr
succeeds thin_dump result
expect_same before.xml stdout
succeeds thin_dump --repair --transaction-id 0 --data-block-size 128 --nr-data-blocks 16384 pool
expect_no_stderr
expect_same before.xml stdout

it "transaction id and number of data blocks are found"
succeeds thin_repair --data-block-size 128 -i pool -o result
expect_no_stderr
expect_dump_has 'transaction="1"'
last=$(sed -n -e 's/.*data_begin="\([0-9]*\)" length="\([0-9]*\)".*/\1 \2/p' \
  -e 's/.*data_block="\([0-9]*\)".*/\1 1/p' before.xml | awk '$1 + $2 > n { n = $1 + $2 } END { print n }')
expect_dump_has "nr_data_blocks=\"$last\""
succeeds thin_dump --repair --data-block-size 128 --transaction-id 2345 pool
expect_stdout_has 'transaction="2345"'

it "the data block size stands nowhere else"
fails thin_repair --transaction-id 0 --nr-data-blocks 16384 -i pool -o result
expect_stderr_has 'data block size'
fails thin_dump --repair pool
expect_stderr_has 'data block size'

it "a flipped byte at 40960, LVM2's test, is survived"
cp sound pool
poke pool 40960 '\377'
fails thin_check pool
fails thin_dump pool
succeeds thin_repair -i pool -o result
succeeds thin_check -q result
succeeds thin_dump --repair pool

it "a healthy pool is dumped by --repair as without"
succeeds thin_dump --repair history
expect_no_stderr
expect_same before.xml stdout
