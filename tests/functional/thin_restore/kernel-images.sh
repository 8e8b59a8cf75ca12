# dump, restore, dump is the identity for everything that a kernel wrote, in every
# form of the dump. The result is not larger than the metadata it comes from, unless
# nobody may look for what is shared.
free_blocks() {
  succeeds thin_check "$1"
  free=$(sed -n 's/METADATA_FREE_BLOCKS=//p' stdout)
}
for name in $(kernel_images); do
  it "$name"
  kernel_image "$name" pool
  free_blocks pool
  free_before=$free
  succeeds thin_dump -o pool.xml pool
  succeeds thin_dump --defs -o pool.defs pool
  succeeds thin_dump -f json -o pool.json pool
  succeeds thin_dump -f json --defs -o pool.json.defs pool
  for call in '-i pool.xml' '--no-share -i pool.xml' '-i pool.json' '-i pool.defs' \
    '--no-share -i pool.defs' '-i pool.json.defs'; do
    rm -f restored
    truncate -s "$(stat -c %s pool)" restored
    succeeds thin_restore $call -o restored
    succeeds thin_dump restored
    expect_same stdout pool.xml
    free_blocks restored
    case $call in
      *defs | -i*) [ "$free" -ge "$free_before" ] || fail "$call: $free blocks are free, not $free_before" ;;
    esac
  done
done
