# thin_receive killed twenty times on its way, at places that a seed draws, in full and as a
# difference: what is there then is never called whole, and the end is what was sent.
# 600 MiB of virtual space, so that there are marks; 3 MiB of each 16 are mapped.
block=65536
awk -v blocks=9600 'BEGIN {
  print "<superblock uuid=\"\" time=\"1\" transaction=\"1\" flags=\"0\" version=\"2\" data_block_size=\"128\" nr_data_blocks=\"4096\">"
  for (dev = 1; dev <= 2; dev++) {
    runs = ""; n = 0
    for (b = 0; b < blocks; b += 256) {
      # The second device has every third run elsewhere, and lacks some.
      if (dev == 2 && b % 1280 == 256) continue
      data = b / 256 * 48 + (dev == 2 && b % 768 == 0 ? 1900 : 0)
      runs = runs sprintf("<range_mapping origin_begin=\"%d\" data_begin=\"%d\" length=\"48\" time=\"0\"/>\n", b, data)
      n += 48
    }
    printf "<device dev_id=\"%d\" mapped_blocks=\"%d\" transaction=\"0\" creation_time=\"0\" snap_time=\"1\">\n%s</device>\n", dev, n, runs
  }
  print "</superblock>"
}' >pool.xml
truncate -s 4M metadata
succeeds thin_restore -q -i pool.xml -o metadata
awk 'BEGIN { for (i = 0; i < 4096; i++) { line = ""; for (j = 0; j < 64; j++) line = line sprintf("%08d:%06d ", i, j * 7 + i); print line } }' >pattern
: >data
for i in $(seq 1 70); do sed "s/^/$i/" pattern >>data; done
truncate -s 256M data
for device in 1 2; do
  succeeds thin_extract --metadata-dev metadata --data-dev data --dev-id $device --size 600m -o expected$device
done
succeeds thin_send -q --dev 1 --size 600m -o full metadata data
succeeds thin_send -q --dev 2 --base 1 --size 600m -o changes metadata data

seed=${SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "seed $seed"
draw() { # below N
  seed=$(((seed * 1103515245 + 12345) % 2147483648))
  drawn=$((seed / 65536 % $1))
}

# killed_on_the_way STREAM TARGET: gives so much of the stream, then kills the reader.
killed_on_the_way() {
  bytes=$(wc -c <"$1")
  draw 1000
  part=$((bytes / 1000 * drawn + drawn))
  rm -f pipe
  mkfifo pipe
  thin_receive -q -i pipe "$2" 2>killed.stderr &
  reader=$!
  { head -c "$part" "$1"; sleep 10; } >pipe 2>/dev/null &
  writer=$!
  draw 30
  sleep "0.$(printf %02d "$drawn")"
  kill -9 $reader 2>/dev/null || true
  wait $reader 2>/dev/null || true
  kill -9 $writer 2>/dev/null || true
  wait $writer 2>/dev/null || true
  # Nobody else is writing to it, however it ended.
}

it "all of a volume"
for round in 1 2 3 4 5 6 7 8 9 10; do
  killed_on_the_way full target
  expect_absent target
done
succeeds thin_receive -i full target
expect_same expected1 target
expect_absent target.thin-receive
expect_absent target.partial

it "a difference"
for round in 1 2 3 4 5 6 7 8 9 10; do
  killed_on_the_way changes target
  # Either nothing was changed, or the state says that it is half.
  [ -e target.thin-receive ] || expect_same expected1 target
done
succeeds thin_receive -i changes target
expect_same expected2 target
expect_absent target.thin-receive

it "killed at the very end: a whole target that lacks its name, or only the end of its state"
rm -f target
succeeds thin_receive -i full target
head -c 70000 full >cut
rm -f half
fails thin_receive -i cut half
sed 's/^phase .*/phase whole/' half.thin-receive >state
mv state half.thin-receive
mv target half.partial
succeeds thin_receive -i full half
expect_stdout_has "is whole"
expect_same expected1 half
fails thin_receive -i cut again
sed 's/^phase .*/phase whole/' again.thin-receive >state
mv state again.thin-receive
rm again.partial
mv half again
succeeds thin_receive -i cut again
expect_same expected1 again
expect_absent again.thin-receive

it "killed before there was a state"
: >new.partial
succeeds thin_receive -q -i full new
expect_same expected1 new
expect_absent new.partial
echo "of somebody" >other.partial
fails thin_receive -q -i full other
expect_stderr_has "'other.partial' is there, but 'other.thin-receive' is not"
expect_absent other
