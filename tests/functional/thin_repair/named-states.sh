# Sound metadata of busy pools that lost its superblock: where nothing tells which of its states was the last, the right one is
# among those that are named, and the first where the order in which they stand shows it.
disks="--device /dev/vda=pool.metadata:8m --device /dev/vdb=mem:2g --device /dev/vdc=mem:256m"
zeroes zero 4096

# lose_superblock SEED: sets $roots, as they are named, to those of the last state.
lose_superblock() {
  rm -f pool.metadata result
  succeeds "$TESTS_DIR/kernel/generate-scenario" --seed "$1" first second
  for session in first second; do succeeds thin_sim run $disks "$session"; done
  roots=$(od -An -tu8 -j320 -N16 pool.metadata | awk '{ print "--mapping-root " $1 " --details-root " $2 " " }')
  dd if=zero of=pool.metadata conv=notrunc status=none
  truncate -s 8M result
  fails thin_repair --data-block-size 128 -i pool.metadata -o result
  expect_stderr_has 'it is not certain which state of the metadata was the last'
}

it "names the pool's own trees where it holds a metadata snapshot of the same devices"
lose_superblock 24
expect_stderr_has "choose by $roots"

it "names the youngest of more states than can be told"
lose_superblock 49
expect_stderr_has "$roots"
