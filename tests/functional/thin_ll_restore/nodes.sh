# Devices from lists of nodes, and lists that are refused.
kernel_image snapshots pool
remember pool
succeeds thin_ll_dump pool
mv stdout ll.xml
new_output() { zeroes out 8388608; remember out; }

it "what was listed comes back: every device, with its details"
new_output
succeeds thin_ll_restore -E pool -i ll.xml -o out
expect_no_stdout
expect_no_stderr
succeeds thin_check out
thin_dump pool >expected
thin_dump out >given
expect_same expected given
expect_unchanged pool

it "from standard input, with 1 device less"
new_output
sed '/dev_id="1"/,/<\/device/d' ll.xml >less.xml
run_with_input less.xml thin_ll_restore --source-metadata pool -i - --output out
expect_status 0
succeeds thin_ls --no-headers -o DEV out
expect_stdout_lacks 1

it "around damage: what is left of a device comes back"
lost=$(thin_scan --entries pool --begin "$(sed -n '/dev_id="0"/{n;s/.*blocknr="\([0-9]*\)".*/\1/p}' ll.xml)" |
  sed -n 's/.*index="1" .*child="\([0-9]*\)".*/\1/p' | head -n 1)
cp pool damaged
damage_block damaged "$lost"
new_output
fails thin_ll_restore -E damaged -i ll.xml -o out
expect_one_line_error 'no node of mappings that is whole'
expect_unchanged out
run thin_ll_dump damaged
mv stdout rest.xml
succeeds thin_ll_restore -E damaged -i rest.xml -o out
succeeds thin_check out
thin_dump --dev-id 0 pool | grep mapping >all
thin_dump --dev-id 0 out | grep mapping >left
[ -s left ] || fail "nothing came back"
[ "$(wc -l <left)" -lt "$(wc -l <all)" ] || fail "nothing was lost"

it "an orphan becomes a device; without details it gets new ones"
orphan=$(sed -n '/<orphans/,$s/.*blocknr="\([0-9]*\)".*/\1/p' ll.xml | head -n 1)
sed "s|</superblock>|<device dev_id=\"77\"><node blocknr=\"$orphan\"/></device></superblock>|" ll.xml >more.xml
new_output
succeeds thin_ll_restore -E pool -i more.xml -o out
expect_stderr_has 'device 77 has no details'
succeeds thin_check out
succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS out
expect_stdout_match '^ *77 +[1-9][0-9]* $'
new_output
succeeds thin_ll_restore -q -E pool -i more.xml -o out
expect_no_stderr

it "what a metadata snapshot holds"
kernel_image metadata-snapshot held
thin_ll_dump -m held >snap.xml
new_output
succeeds thin_ll_restore -E held -i snap.xml -o out
expect_no_stderr
succeeds thin_check out
thin_dump -m held | grep -v superblock >expected
thin_dump out | grep -v superblock >given
expect_same expected given
fails thin_ll_restore -E pool -i snap.xml -o out
expect_one_line_error 'no current metadata snap'

it "the pool's clock is not behind its mappings"
cp pool behind
thin_generate_damage --block 0 --field time --value 0 -o behind
new_output
succeeds thin_ll_restore -E behind -i ll.xml -o out
latest=$(thin_dump pool | sed -n 's/.*_mapping .* time="\([0-9]*\)".*/\1/p' | sort -n | tail -n 1)
[ "$latest" -gt 0 ] || fail "this pool has no snapshots"
succeeds thin_dump --skip-mappings out
expect_stdout_has "<superblock uuid=\"\" time=\"$latest\""

# refuses WORDS: the list bad.xml; the output is not touched.
refuses() {
  new_output
  fails thin_ll_restore -E pool -i bad.xml -o out
  expect_one_line_error "$@"
  expect_unchanged out
}
it "a device twice"
sed 's/dev_id="1"/dev_id="0"/' ll.xml >bad.xml
refuses bad.xml 'line 5' 'device 0 exists already'
it "two nodes that hold the same blocks"
sed '/dev_id="1"/{n;p}' ll.xml >bad.xml
refuses 'device 1' overlap
it "blocks that are no nodes of mappings, or do not exist"
for block in 0 1 2 99999999 18446744073709551615; do
  printf '<superblock blocknr="0" data_mapping_root="1" device_details_root="1">
<device dev_id="3"><node blocknr="%s"/></device></superblock>' "$block" >bad.xml
  new_output
  fails thin_ll_restore -E pool -i bad.xml -o out
  expect_stderr_has "device 3: block $block is no node of mappings"
  expect_unchanged out
done
it "text that is no such list"
echo '<superblock blocknr="0"' >bad.xml
refuses bad.xml 'line 2'
echo '<orphans></orphans>' >bad.xml
refuses bad.xml 'missing superblock'
echo '<superblock blocknr="0" data_mapping_root="x" device_details_root="1"/>' >bad.xml
refuses data_mapping_root 'not an unsigned decimal number'
{ cat ll.xml; echo '<device dev_id="5"/>'; } >bad.xml
refuses 'not in its place'
cp ll.xml bad.xml
sed -i 's/<device /<volume /' bad.xml
refuses 'volume'

it "outputs that would be lost, or do not fit"
for output in pool ll.xml; do
  cp "$output" "$output.before"
  fails thin_ll_restore -E pool -i ll.xml -o "$output"
  expect_one_line_error same
  cmp -s "$output" "$output.before" || fail "$output was changed"
done
zeroes out 45056
remember out
fails thin_ll_restore -E pool -i ll.xml -o out
expect_one_line_error 'Output file too small'
expect_unchanged out
for missing in '-i ll.xml -o out' '-E pool -o out' '-E pool -i ll.xml'; do
  fails thin_ll_restore $missing
  expect_stderr_match '^No .* provided\.'
done
