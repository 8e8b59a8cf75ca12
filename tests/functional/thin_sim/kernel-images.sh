# What Linux did with a scenario, the simulator does: the same output, and the
# same metadata in every byte.
scenarios=$TESTS_DIR/functional/kernel-images

simulate() { # NAME
  rm -f metadata
  succeeds thin_sim run --device /dev/vda=metadata:8m --device /dev/vdb=mem:2g \
    --device /dev/vdc=mem:256m "$scenarios/$1.sh"
}

for path in "$scenarios"/*.sh; do
  name=$(basename "$path" .sh)
  it "$name prints what the kernel printed"
  simulate "$name"
  gzip -dc "$scenarios/$name.out.gz" >kernel.out
  expect_same kernel.out stdout

  # Its requests cross blocks, and the kernel's order of their completion varies.
  [ "$name" != loose-mixed ] || continue
  it "$name leaves the kernel's metadata"
  kernel_image "$name" kernel.metadata
  expect_same kernel.metadata metadata
done

it "the same scenario leaves the same bytes again"
simulate mixed-0
mv metadata first
simulate mixed-0
expect_same first metadata
