# --defs writes what devices share once; expanded it is the dump without defs.
# expand: one line for each mapped block of each device.
expand() {
  awk -F'"' '
    function put(line) { if (name != "") defs[name] = defs[name] line "\n"; else print dev, line }
    function runs(begin, data, length_, time, i) {
      for (i = 0; i < length_; i++) put(begin + i " " data + i " " time)
    }
    $1 ~ /<def / { name = $2; defs[name] = "" }
    $1 ~ /<\/def>/ { name = "" }
    $1 ~ /<device / { dev = $2 }
    $1 ~ /<single_mapping / { runs($2, $4, 1, $6) }
    $1 ~ /<range_mapping / { runs($2, $4, $6, $8) }
    $1 ~ /<ref / {
      n = split(defs[$2], lines, "\n")
      for (l = 1; l < n; l++) print dev, lines[l]
    }'
}

it "the same mappings, with and without"
for name in mixed-0 mixed-2 metadata-error metadata-snapshot; do
  kernel_image "$name" pool
  succeeds thin_dump pool
  expect_stdout_lacks '<def'
  expand <stdout >plain
  succeeds thin_dump --defs pool
  expect_no_stderr
  mv stdout "$name.xml"
  expand <"$name.xml" >expanded
  expect_same plain expanded
done

it "what is shared stands once, before the devices, and is referred to"
[ "$(grep -c '<def ' mixed-0.xml)" -eq 2 ] || fail "$(grep '<def ' mixed-0.xml)"
head -n 2 mixed-0.xml | grep -q '  <def name="' || fail "no def follows the superblock"
for name in $(sed -n 's/.*<def name="\(.*\)">/\1/p' mixed-0.xml); do
  [ "$(grep -c "<ref name=\"$name\"/>" mixed-0.xml)" -gt 1 ] || fail "def $name is not shared"
done

it "one device shares with nobody"
kernel_image mixed-0 pool
device=$(sed -n '/<ref/q; s/.*dev_id="\([0-9]*\)".*/\1/p' mixed-0.xml | tail -n 1)
succeeds thin_dump --defs --dev-id "$device" pool
expect_stdout_lacks '<def'
mv stdout one
succeeds thin_dump --dev-id "$device" pool
expect_same one stdout

it "JSON has them, too"
succeeds thin_dump -f json --defs pool
expect_stdout_match '^  "defs": \[$'
expect_stdout_match '^      \{"ref": "[0-9]+"\}'

it "a damaged pool keeps what its devices share, too, and grows by nothing"
leaf_of_many() { # FILE: a leaf that a def begins with
  thin_dump --defs "$1" | sed -n 's/.*<def name="\(.*\)">/\1/p' | head -n 1
}
for name in metadata-full mixed-0 mixed-large-block; do
  kernel_image "$name" pool
  damage_block pool "$(leaf_of_many pool)"
  succeeds thin_dump --repair pool
  expand <stdout >plain
  succeeds thin_dump --repair --defs pool
  expect_stderr_has LOST
  mv stdout repaired.xml
  [ "$(grep -c '<ref ' repaired.xml)" -gt 0 ] || fail "nothing is shared"
  expand <repaired.xml >expanded
  expect_same plain expanded
  truncate -s 16M restored repaired
  succeeds thin_restore -i repaired.xml -o restored
  succeeds thin_repair -i pool -o repaired
  nr_blocks() { od -A n -t u8 -j 200 -N 8 "$1" | tr -d ' '; } # in use, by the superblock
  [ "$(nr_blocks restored)" -le "$(nr_blocks repaired)" ] ||
    fail "$(nr_blocks restored) blocks, thin_repair needs $(nr_blocks repaired)"
done
