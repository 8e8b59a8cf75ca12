# Volumes of a real pool sent and received, in full and as differences; interrupted, and taken up.
lvm=$TESTS_DIR/functional/lvm
gzip -dc "$lvm/removed.metadata.gz" >metadata
# What the blocks hold is not in the image: numbers that tell them apart, and a hole.
head -c 100000000 /dev/zero | tr '\0' '.' | awk 'BEGIN { RS = "\\."; ORS = "\n" } { print NR }' |
  head -c 64000000 >data
truncate -s 128M data
names="--lvm $lvm/removed.vg"
extract() { # VOLUME FILE
  succeeds thin_extract $names --metadata-dev metadata --data-dev data --dev-id "$1" -o "$2" \
    --size "$(thin_ls $names --no-headers -o NAME,SIZE_SECTORS metadata | awk -v n="$1" '$1 == n { print $2 }')"
}
extract one one.expected
extract snap snap.expected
extract two two.expected

it "a volume arrives as thin_extract copies it"
for volume in one two; do
  succeeds thin_send $names --dev $volume -o $volume.stream metadata data
  expect_stderr_has "sent as data"
  succeeds thin_receive -i $volume.stream $volume.img
  expect_stdout_has "contents as sent"
  expect_same $volume.expected $volume.img
  expect_absent $volume.img.partial
  expect_absent $volume.img.thin-receive
done
succeeds sh -c "thin_send -q $names --dev one metadata data | thin_receive -q piped.img"
expect_no_stdout
expect_no_stderr
expect_same one.expected piped.img

it "compared with the device, or not at all"
succeeds thin_receive --read-back -i one.stream back.img
expect_stdout_has "read back from the device"
expect_same one.expected back.img
succeeds thin_receive --no-verify -i one.stream only.img
expect_stdout_has "not compared"
expect_same one.expected only.img
fails thin_receive --read-back --no-verify -i one.stream no.img
expect_absent no.img

it "the same again is the same stream"
succeeds thin_send -q $names --dev one -o again.stream metadata data
expect_same one.stream again.stream

it "a difference, by names, on what holds the base"
succeeds thin_send $names --dev snap --base one -o difference.stream metadata data
[ "$(wc -c <difference.stream)" -lt "$(wc -c <one.stream)" ] || fail "it is no smaller"
cp one.img target
succeeds thin_receive -i difference.stream target
expect_same snap.expected target

it "what is not the base is refused, and stays as it was"
for wrong in target two.img; do
  cp $wrong other
  remember other
  fails thin_receive -i difference.stream other
  expect_stderr_has "is not the base"
  expect_unchanged other
  expect_absent other.thin-receive
done
cp one.img other
poke other 20000000 x
remember other
fails thin_receive -i difference.stream other
expect_stderr_has "its contents are"
expect_unchanged other

it "a stream can be checked without applying it"
succeeds thin_receive --check -i difference.stream
expect_stdout_has "whole: device 2"
expect_stdout_has "base: device 1"
head -c 70000 one.stream >cut
fails thin_receive --check -i cut
expect_stderr_has "ends early"
cat one.stream one.stream >twice
fails thin_receive --check -i twice
expect_stderr_has "behind its end"
cp one.stream flipped
poke flipped 70000 '\377\376'
fails thin_receive --check -i flipped
expect_stderr_has "is damaged"
fails thin_receive -i flipped new.img
expect_absent new.img
echo text >no-stream
fails thin_receive --check -i no-stream

it "half a stream is no volume: it is taken up, from the beginning or from the token"
rm -f new.img*
fails thin_receive -i cut new.img
expect_stderr_has "ends early"
expect_absent new.img
succeeds thin_receive --token new.img
token=$(cat stdout)
succeeds thin_send -q $names --dev one --resume "$token" -o rest.stream metadata data
succeeds thin_receive -i rest.stream new.img
expect_same one.expected new.img
fails thin_receive --token new.img
fails thin_send $names --dev one --resume 1-2-3 metadata data
expect_stderr_has "no token"

it "a target or a state that is of something else is refused"
fails thin_receive -i cut new.img
expect_stderr_has "is there already"
fails thin_receive -i cut half.img
fails thin_receive -i two.stream half.img
expect_stderr_has "is half of another stream"
fails thin_receive --state half.img.thin-receive -i one.stream third.img
expect_stderr_has "is the state of another target"
rm half.img.thin-receive
fails thin_receive -i one.stream half.img
expect_stderr_has "remove it to begin anew"
echo >broken.img.thin-receive
fails thin_receive -i one.stream broken.img
expect_stderr_has "is no state"

it "the target is not what the stream comes from"
fails thin_send --dev one $names -o data metadata data
expect_stderr_has "same bytes"
fails thin_receive -i one.stream one.stream
fails thin_send --dev 9 metadata data -o none
expect_stderr_has "has no device 9"
expect_absent none

it "damaged mappings are refused"
for block in $(seq 40 60); do
  cp metadata broken
  damage_block broken "$block"
  run thin_check broken
  grep -q 'mapping tree of device 1' stderr || continue
  fails thin_send --dev 1 broken data -o none
  expect_absent none
  refused=yes
done
[ "${refused:-}" = yes ] || fail "no block is the device's"
