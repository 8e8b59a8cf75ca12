# Every block of two devices, against their dumps; ranges hold together.
# blocks_of DEVICE <XML: "virtual data" lines.
blocks_of() {
  awk -F'"' -v wanted="$1" '
    /<device / { dev = $2 }
    dev != wanted { next }
    /<single_mapping / { print $2, $4 }
    /<range_mapping / { for (i = 0; i < $6; i++) print $2 + i, $4 + i }' | sort
}
# expected LEFT RIGHT: "kind virtual left right" lines out of the two lists.
expected() {
  join -a 1 -a 2 -e - -o 0,1.2,2.2 "$1" "$2" | awk '
    $2 == "-" { print "right_only", $1, "-", $3; next }
    $3 == "-" { print "left_only", $1, $2, "-"; next }
    $2 == $3 { print "same", $1, $2, $3; next }
    { print "different", $1, $2, $3 }' | sort -n -k2,2
}
# verbose_blocks <delta XML: the same lines.
verbose_blocks() {
  awk -F'"' '
    /^    <[a-z]/ { kind = $0; gsub(/[ <>]/, "", kind) }
    /<range / {
      for (i = 0; i < $(NF - 1); i++) {
        if (kind == "same") print kind, $2 + i, $4 + i, $4 + i
        if (kind == "left_only") print kind, $2 + i, $4 + i, "-"
        if (kind == "right_only") print kind, $2 + i, "-", $4 + i
        if (kind == "different") print kind, $2 + i, $4 + i, $6 + i
      }
    }'
}
simple_blocks() {
  awk -F'"' '/^    <[a-z]/ {
    kind = $1; gsub(/[ <]|begin=/, "", kind)
    for (i = 0; i < $4; i++) print kind, $2 + i
  }'
}

compare() { # IMAGE LEFT RIGHT
  it "$1: device $2 and device $3"
  kernel_image "$1" pool
  succeeds thin_dump pool
  blocks_of "$2" <stdout >left
  blocks_of "$3" <stdout >right
  expected left right >wanted
  succeeds thin_delta --verbose --thin1 "$2" --thin2 "$3" pool
  expect_no_stderr
  verbose_blocks <stdout >given
  expect_same wanted given
  cut -d' ' -f1,2 wanted >wanted.simple
  succeeds thin_delta --thin1 "$2" --thin2 "$3" pool
  simple_blocks <stdout >given
  expect_same wanted.simple given
  it "$1: --skip-same leaves out what is the same, and only that"
  succeeds thin_delta --skip-same --thin1 "$2" --thin2 "$3" pool
  simple_blocks <stdout >given
  grep -v '^same' wanted.simple >differences || true
  expect_same differences given
}
compare snapshots 0 5
compare snapshots 3 4
compare mixed-0 0 1
compare mixed-0 14 2
compare mixed-2 1 6
compare metadata-error 0 1
compare discards 0 1
compare many-devices 7 49

it "--json says the same"
kernel_image snapshots pool
succeeds thin_delta --thin1 0 --thin2 5 pool
sed -n 's/^    <\([a-z_]*\) begin="\([0-9]*\)" length="\([0-9]*\)"\/>/\1 \2 \3/p' stdout >xml
succeeds thin_delta --json --thin1 0 --thin2 5 pool
sed -n 's/.*"kind": "\(.*\)", "begin": \(.*\), "length": \([0-9]*\)}.*/\1 \2 \3/p' stdout >json
expect_same xml json
succeeds thin_delta --json --verbose --thin1 0 --thin2 5 pool
expect_stdout_match '"kind": "different", "begin": 1, "length": 1, "left_data_begin": 1, "right_data_begin": 826\}'

it "it is what 0.9.0 writes"
succeeds thin_delta --verbose --thin1 0 --thin2 5 pool
mv stdout verbose.xml
succeeds thin_delta --thin1 0 --thin2 5 pool
mv stdout simple.xml
kernel_image metadata-snapshot pool
succeeds thin_delta --verbose --thin1 0 --thin2 1 pool
mv stdout held.xml
sha256sum -c "$TESTS_DIR/functional/thin_delta/expected.sha256" >checked 2>&1 ||
  fail "$(grep -v OK checked)"
