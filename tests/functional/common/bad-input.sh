# Things that are not metadata. Each gets a message that names it and says why,
# status 1, and neither it nor an output is touched.
grep "^$TOOL " "$TESTS_DIR/functional/common/inputs.list" >calls || exit 0

# try INPUT WORD...: every call of the tool refuses it in one line with these words.
try() {
  input=$1
  shift
  while read -r call; do
    zeroes output 8388608
    remember output
    set_call=$(printf '%s\n' "$call" | sed "s|IN|$input|; s|OUT|output|")
    run $set_call
    expect_one_line_error "$input" "$@"
    expect_unchanged output
  done <calls
}

it "a missing file"
try missing "No such file"

it "a directory"
mkdir folder
try folder "ot a block device or regular file"

it "a character device"
try /dev/null "ot a block device or regular file"

it "an empty file"
zeroes empty 0
try empty "too small"

it "a file of 1024 bytes"
zeroes tiny 1024
try tiny "Metadata device/file too small.  Is this binary metadata?"

it "XML"
{ echo '<superblock uuid="" time="0" transaction="0" data_block_size="128" nr_data_blocks="16">'
  echo '</superblock>'; } >dump.xml
try dump.xml "XML"
{ cat dump.xml; zeroes padding 40960; cat padding; } >padded.xml
try padded.xml "XML"

it "zeroes, garbage, text"
zeroes zeroed 8388608
garbage noise 8388608
yes 'Lorem ipsum dolor sit amet' | head -c 1048576 >text
for input in zeroed noise text; do
  remember "$input"
  try "$input"
  expect_unchanged "$input"
done

it "no permission"
need_nobody
kernel_image fresh secret
chmod 0 secret
chmod 777 .
while read -r call; do
  run as_nobody $(printf '%s\n' "$call" | sed "s|IN|secret|; s|OUT|output|")
  expect_one_line_error secret "Permission denied"
done <calls
