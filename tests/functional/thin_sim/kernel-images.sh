# What Linux did with a scenario, the simulator does: the same output, and the
# same metadata in every byte.
scenarios=$TESTS_DIR/functional/kernel-images

simulate() { # NAME
  rm -f metadata
  gzip -dc "$scenarios/$1.sh.gz" >scenario
  succeeds thin_sim run --device /dev/vda=metadata:8m --device /dev/vdb=mem:2g \
    --device /dev/vdc=mem:256m scenario
}

for path in "$scenarios"/*.sh.gz; do
  name=$(basename "$path" .sh.gz)
  it "$name prints what the kernel printed"
  simulate "$name"
  gzip -dc "$scenarios/$name.out.gz" >kernel.out
  expect_same kernel.out stdout

  kernel_image "$name" kernel.metadata
  case $name in
    loose-*)
      # Its requests cross blocks, and the kernel's order of their completion
      # varies: only what the metadata say is the same, and so are the counts,
      # which thin_check holds against what refers to the blocks.
      it "$name leaves the kernel's mappings"
      succeeds thin_dump kernel.metadata
      mv stdout kernel.xml
      succeeds thin_dump metadata
      expect_same kernel.xml stdout
      succeeds thin_check metadata
      ;;
    *)
      it "$name leaves the kernel's metadata"
      expect_same kernel.metadata metadata
      ;;
  esac
done

it "the same scenario leaves the same bytes again"
simulate mixed-0
mv metadata first
simulate mixed-0
expect_same first metadata
