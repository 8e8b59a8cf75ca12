# The superblock is lost, or leads to roots that are none: what is recovered is what
# was there. For thin_repair, and for thin_dump --repair, which does the same.
lie=$TESTS_DIR/functional/thin_repair/lie
truncate -s 8M result
zeroes zero 4096

# recovered OPTION...: both tools recover good.xml from pool.
recovered() {
  command_line="thin_repair $* and thin_dump --repair $*"
  succeeds thin_repair "$@" -i pool -o result
  succeeds thin_check -q result
  succeeds thin_dump result
  expect_same good.xml stdout
  succeeds thin_dump --repair "$@" pool
  expect_same good.xml stdout
}

for image in snapshots shared-by-many discards; do
  kernel_image $image whole
  thin_dump -o good.xml whole
  value() { sed -n '1s/.* '"$1"'="\([0-9]*\)".*/\1/p' good.xml; }
  transaction=$(value transaction) blocks=$(value nr_data_blocks)

  it "$image: healthy metadata is dumped alike"
  cp whole pool
  recovered

  it "$image: no superblock, but its fields are given"
  cp whole pool
  dd if=zero of=pool conv=notrunc status=none
  recovered --transaction-id "$transaction" --data-block-size 128 --nr-data-blocks "$blocks"

  it "$image: without the data block size nothing can be done"
  cp result before
  fails thin_repair --transaction-id 1 --nr-data-blocks "$blocks" -i pool -o result
  expect_stderr_has 'data block size'
  expect_same before result
  fails thin_dump --repair --transaction-id 1 --nr-data-blocks "$blocks" pool
  expect_stderr_has 'data block size'

  it "$image: the other fields are found, those that are given count"
  succeeds thin_repair --data-block-size 128 -i pool -o result
  expect_stdout_has "(guessed by the newest device's), time"
  succeeds thin_check -q result
  succeeds thin_dump result
  sed 1d good.xml >expected
  sed 1d stdout >found
  expect_same expected found
  succeeds thin_repair --data-block-size 128 --transaction-id 77 -i pool -o result
  expect_stdout_has "transaction id 77, time"
  succeeds thin_dump result
  expect_stdout_has 'transaction="77"'
  succeeds thin_repair --data-block-size 128 --nr-data-blocks 20000 -i pool -o result
  succeeds thin_dump result
  expect_stdout_has 'nr_data_blocks="20000"'

  it "$image: the superblock says that the mapping root is somewhere else"
  cp whole pool
  "$lie" pool 0 320 10
  fails thin_check pool
  recovered
done
