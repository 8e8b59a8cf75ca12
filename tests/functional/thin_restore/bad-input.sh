# Bad input and bad outputs: a message that names both, and the output untouched.
printf '%s\n' \
  '<superblock uuid="" time="0" transaction="0" data_block_size="128" nr_data_blocks="1000">' \
  '<device dev_id="1" mapped_blocks="1" transaction="0" creation_time="0" snap_time="0">' \
  '<single_mapping origin_block="0" data_block="1" time="0"/>' \
  '</device>' '</superblock>' >good.xml
zeroes output 1048576
succeeds thin_restore -i good.xml -o output
remember output

refuses() {
  input=$1
  shift
  fails thin_restore -i "$input" -o output
  expect_one_line_error "$input" "$@"
  expect_unchanged output
}

it "options that are missing or wrong"
fails thin_restore -o output
expect_stderr_has 'No input file provided.'
fails thin_restore -i good.xml
expect_stderr_has 'No output file provided.'
for size in 0 64 192 2097280; do
  fails thin_restore -i good.xml -o output --data-block-size $size
  expect_one_line_error "invalid data block size $size"
done
fails thin_restore -i good.xml -o output --transaction-id 1x
fails thin_restore -i good.xml -o output --nr-data-blocks -1
fails thin_restore -i good.xml -o output operand
expect_unchanged output

it "inputs that are none"
refuses missing "Couldn't find input file" 'No such file'
mkdir folder
refuses folder 'directory'
zeroes zeroed 8192
refuses zeroed 'neither XML nor JSON'
kernel_image fresh binary
refuses binary 'neither XML nor JSON'
: >empty
refuses empty 'line 1'
echo 'just words' >text
refuses text 'line 1'
head -n 3 good.xml >cut
refuses cut 'line 4' 'no element found'
head -c 200 good.xml >cut
refuses cut 'line 3' 'unclosed token'

it "every line that would corrupt or lose something"
edited() { # SED-SCRIPT WORD...
  sed "$1" good.xml >bad.xml
  shift
  refuses bad.xml "$@"
}
edited 's/mapped_blocks="1"/mapped_blocks="2"/' 'line 4' '<device>' 'mapped_blocks says 2'
edited '3p' 'line 4' '<single_mapping>' 'virtual block 0 is mapped twice'
edited 's/ time="0"\/>/ time="16777216"\/>/' 'line 3' '<single_mapping>' 'time 16777216'
edited 's/data_block="1"/data_block="1000"/' 'line 3' '<single_mapping>' 'out of bounds'
edited 's/data_block="1"/data_block="1099511627776"/' 'line 3' '1 blocks from 1099511627776 on'
edited 's/dev_id="1"/dev_id="4294967296"/' 'line 2' '<device>' dev_id
edited 's/dev_id="1"/dev_id="-1"/' 'line 2' '<device>' dev_id
edited 's/uuid="" //' 'line 1' '<superblock>' "missing attribute 'uuid'"
edited 's/<superblock/<superblock version="7"/' 'line 1' 'unknown metadata version 7'
edited 's/single_mapping/double_mapping/' 'line 3' '<double_mapping>' 'unknown element'
edited '3s/.*/<ref name="a\&#10;b"\/>/' 'line 3' '<ref>' "no def named 'a?b'"
{ sed -n 1,4p good.xml; sed -n 2,5p good.xml; } >bad.xml
refuses bad.xml 'line 5' '<device>' 'device 1 exists already'

it "outputs that cannot be used"
fails thin_restore -i good.xml -o absent
expect_one_line_error absent 'No such file'
expect_absent absent
fails thin_restore -i good.xml -o folder
expect_one_line_error folder
: >nothing
fails thin_restore -i good.xml -o nothing
expect_one_line_error nothing 'Zero size output file'
zeroes tiny 4096
fails thin_restore -i good.xml -o tiny
expect_one_line_error tiny 'Output file too small'
cp good.xml same.xml
fails thin_restore -i same.xml -o same.xml
expect_one_line_error same.xml 'the same'
expect_same same.xml good.xml

it "an output that is too small is told how large it must be"
sed 's/mapped_blocks="1"/mapped_blocks="5000"/; s/<single_mapping.*/<range_mapping origin_begin="0" data_begin="0" length="5000" time="0"\/>/; s/"1000"/"5000"/' \
  good.xml >large.xml
garbage small 65536
remember small
fails thin_restore -i large.xml -o small
expect_one_line_error small 'Output file too small' '16 blocks' 'at least'
expect_unchanged small
needed=$(sed 's/.*at least \([0-9]*\).*/\1/' stderr)
zeroes enough $((needed * 4096))
succeeds thin_restore -i large.xml -o enough
succeeds thin_check enough

it "no permission"
need_nobody
chmod 777 .
chmod 644 good.xml
chmod 444 output
run as_nobody thin_restore -i good.xml -o output
expect_one_line_error output 'Permission denied'
