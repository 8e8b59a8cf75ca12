# dump, restore, dump is the identity for everything that a kernel wrote.
command -v thin_dump >/dev/null || skip "there is no thin_dump"
for name in $(kernel_images); do
  it "$name"
  kernel_image "$name" pool
  succeeds thin_dump -o pool.xml pool
  for call in '-i pool.xml' '--share -i pool.xml'; do
    rm -f restored
    truncate -s "$(stat -c %s pool)" restored
    succeeds thin_restore $call -o restored
    succeeds thin_dump restored
    expect_same stdout pool.xml
    succeeds thin_check restored
  done
done
