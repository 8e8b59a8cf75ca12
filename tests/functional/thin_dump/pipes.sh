# LVM2 reads the first line of a dump and closes the pipe.
it "the first line is the whole superblock tag"
kernel_image metadata-full pool
succeeds thin_dump pool
head -n 1 stdout | grep -qE '^<superblock uuid="" .* transaction="[0-9]+" .*">$' ||
  fail "$(head -n 1 stdout)"

for format in xml human_readable json; do
  it "a reader that leaves early: no message, status 1 ($format)"
  { status=0; thin_dump -f $format pool 2>noise || status=$?; echo $status >left; } | head -n 1 >line
  [ ! -s noise ] || fail "$(cat noise)"
  [ "$(cat left)" = 1 ] || fail "status $(cat left)"
done

it "a fifo whose reader leaves"
mkfifo fifo
head -c 100 fifo >part &
status=0
thin_dump pool >fifo 2>noise || status=$?
wait
[ "$status" -eq 1 ] && [ ! -s noise ] || fail "status $status: $(cat noise)"
