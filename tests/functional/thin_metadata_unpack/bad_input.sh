# Whatever is no sound pack file is refused, and the output stays as it was.
kernel_image mixed-1 metadata
thin_metadata_pack -i metadata -o good
zeroes output 65536
remember output

refused() { # FILE WORD...
  input=$1
  shift
  fails thin_metadata_unpack -i "$input" -o output
  expect_one_line_error "$@"
  expect_unchanged output
}

it "other files"
zeroes zeroed 4096
refused zeroed "Not a pack file" zeroed
zeroes empty 0
refused empty "Not a pack file"
refused missing "No such file" missing
mkdir folder
refused folder "folder"
mkfifo pipe
refused pipe "Not a regular file" pipe
fails thin_metadata_unpack -i zeroed -o junk
expect_absent junk

it "another version, another block size, an absurd size"
cp good bad
poke bad 8 '\004'
refused bad "unsupported pack file version (4)"
cp good bad
poke bad 17 '\040'
refused bad "block size is not 4096"
cp good bad
poke bad 28 '\377\377'
refused bad "too many"

it "a cut file, junk behind it, a length beyond the end"
size=$(wc -c <good)
head -c $((size - 10)) good >bad
refused bad "beyond its end"
{ cat good; printf abc; } >bad
refused bad "junk at its end"
cp good bad
poke bad 38 '\177'
refused bad "beyond its end"

# Among bytes that repeat, a match of another distance may say the same: the check sum
# over what comes out tells.
it "a changed byte anywhere in a chunk"
at=50
refusals=0
while [ $at -lt "$size" ]; do
  cp good bad
  poke bad $at '\377\000\377'
  run thin_metadata_unpack -f -i bad -o output
  if [ "$status" -eq 0 ]; then
    expect_same output metadata
    zeroes output 65536
  else
    refusals=$((refusals + 1))
  fi
  expect_unchanged output
  at=$((at + 977))
done
[ $refusals -gt $((size / 977 / 2)) ] || fail "only $refusals are refused"

it "the input as output"
cp good same
remember same
fails thin_metadata_unpack -f -i same -o same
expect_unchanged same

it "an output that is neither file nor device"
fails thin_metadata_unpack -i good -o pipe
expect_one_line_error "Not a block device or regular file" pipe
fails thin_metadata_unpack -i good -o folder
expect_one_line_error folder

it "an output that is cut off has no superblock"
# The limit makes writes fail, like a full disk.
run sh -c 'trap "" XFSZ; ulimit -f 512; exec thin_metadata_unpack -i good -o cut'
expect_one_line_error cut
[ "$(head -c 4096 cut | tr -d '\000' | wc -c)" -eq 0 ] || fail "cut begins with a superblock"

it "creates the output, and replaces a longer one"
succeeds thin_metadata_unpack -i good -o created
zeroes longer 20000000
succeeds thin_metadata_unpack -i good -o longer
expect_same created longer
