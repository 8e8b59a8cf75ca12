# Damage ends the dump as it ends that of 0.9.0; --repair goes on after it.
kernel_image snapshots good
succeeds thin_dump good
mv stdout good.xml
blocks_of() { od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '; } # FILE OFFSET
hint='perhaps you wanted to run with --repair'

it "the root of the device details: nothing can be written"
details_root=$(blocks_of good 328)
cp good pool
damage_block pool "$details_root"
fails thin_dump pool
expect_no_stdout
expect_stderr_has "device details tree, block $details_root: bad checksum"
expect_stderr_has "$hint"

it "the root of the mapping trees: the superblock can"
mapping_root=$(blocks_of good 320)
cp good pool
damage_block pool "$mapping_root"
fails thin_dump pool
head -n 1 good.xml >expected
expect_same expected stdout
expect_stderr_has "top level mapping tree, block $mapping_root: bad checksum"

it "a leaf of a device: what comes before it, and the end of the device"
leaf=1722
cp good pool
damage_block pool $leaf
fails thin_dump pool
mv stdout part.xml
sed '$d' part.xml >start
head -n "$(wc -l <start)" good.xml >expected
expect_same expected start
[ "$(tail -n 1 part.xml)" = '  </device>' ] || fail "$(tail -n 1 part.xml)"
expect_stderr_match "^mapping tree of device 2, block $leaf: bad checksum; virtual blocks .* are lost\$"
expect_stderr_has 'metadata contains errors (run thin_check for details).'
expect_stderr_has "$hint"

it "with -o nothing appears, and what was there stays"
fails thin_dump -o dump.xml pool
expect_absent dump.xml
echo before >dump.xml
remember dump.xml
fails thin_dump -o dump.xml pool
expect_unchanged dump.xml

it "-q keeps quiet about it"
fails thin_dump -q pool
expect_no_stderr
expect_same part.xml stdout
fails thin_dump -q missing
expect_no_stderr

it "devices that are not asked for are not read"
succeeds thin_dump --dev-id 3 pool
expect_no_stderr
succeeds thin_dump --skip-mappings pool
expect_no_stderr

it "--repair leaves out what is lost, names it, and nothing else"
succeeds thin_dump --repair pool
expect_stderr_match "^device 2: LOST what was mapped in virtual blocks .*, block $leaf: bad checksum\$"
expect_stderr_lacks "$hint"
without_counts() { sed 's/ mapped_blocks="[0-9]*"//' "$1"; } # the device has fewer mappings now
without_counts good.xml | grep -v -e '_mapping' >expected
without_counts stdout | grep -v -e '_mapping' >structure
expect_same expected structure
without_counts good.xml >good
without_counts stdout >salvaged
diff good salvaged >difference || true
grep -q '^<' difference || fail "nothing is lost"
! grep -q '^>' difference || fail "$(grep '^>' difference)"
mv stdout salvaged
succeeds thin_dump -r -o dump.xml pool
expect_same salvaged dump.xml
succeeds thin_dump -q -r pool
expect_no_stderr

it "damage in the active trees does not concern the metadata snapshot"
kernel_image metadata-snapshot held
succeeds thin_dump -m held
mv stdout snap.xml
damage_block held "$(blocks_of held 320)"
damage_block held "$(blocks_of held 328)"
fails thin_dump held
succeeds thin_dump -m held
expect_no_stderr
expect_same snap.xml stdout

it "damage in the metadata snapshot does not concern the active trees"
kernel_image metadata-snapshot held
succeeds thin_dump held
mv stdout active.xml
damage_block held "$(blocks_of held 56)"
succeeds thin_dump held
expect_no_stderr
expect_same active.xml stdout
fails thin_dump -m held
expect_one_line_error held "metadata snap" "bad checksum"
