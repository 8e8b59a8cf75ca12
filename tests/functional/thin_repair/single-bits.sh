# A block with one flipped bit, or one damaged byte, is corrected by its checksum.
byte_at() { od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' '; }
flip() { # FILE OFFSET MASK
  poke "$1" "$2" "\\$(printf '%03o' $(($(byte_at "$1" "$2") ^ $3)))"
}
kernel_image mixed-0 good
thin_dump good >good.xml
cp good pool
block=0
while [ $block -lt 2048 ]; do
  flip pool $((block * 4096 + block * 37 % 4096)) $((1 << block % 8))
  block=$((block + 13))
done
remember pool
it "thin_check counts them and says what thin_repair can do"
fails thin_check pool
expect_stderr_has '1 block(s) with bad checksums can be corrected: thin_repair does so'

it "thin_repair loses nothing, and says what it corrected"
zeroes out 8388608
succeeds thin_repair --strict -i pool -o out
expect_stdout_match '^[0-9]+ block\(s\) were put right: exactly one change makes each what must stand there\.$'
expect_stdout_match '^Block 0: bit 0 of byte 0\.$'
expect_unchanged pool
succeeds thin_check out
thin_dump out >out.xml
expect_same out.xml good.xml
succeeds thin_dump --repair pool
expect_stderr_has 'were put right'
expect_same stdout good.xml

it "a label behind the superblock is no damage to it"
cp good pool
poke pool 512 'LABELONE\001\000\000\000\000\000\000\000'
fails thin_check pool
zeroes out 8388608
succeeds thin_repair --strict -i pool -o out
thin_dump out >out.xml
expect_same out.xml good.xml
