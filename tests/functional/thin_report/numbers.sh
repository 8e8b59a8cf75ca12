# The numbers of a report are those of the dump, counted mapping by mapping by a script that
# knows nothing of metadata.
count() { # POOL REPORT NUMBER
  succeeds thin_dump -o dump.xml "$1"
  "$TESTS_DIR/functional/thin_report/count_xml" dump.xml "$2" "$3" 2>wrong ||
    fail "$1: $(cat wrong)"
}

for name in $(kernel_images); do
  kernel_image "$name" pool
  remember pool
  it "$name: every number"
  run thin_report --json -o report.json pool
  [ ! -s stdout ] || fail "the report went to standard output"
  [ "$status" -eq 0 ] || { thin_check -q pool && fail "not damaged, and status 1"; continue; }
  count pool report.json 0
  it "$name: the page and the pool"
  succeeds thin_report pool
  expect_no_stderr
  [ "$(tail -n 1 stdout)" = "</html>" ] || fail "the page does not end"
  expect_unchanged pool
done

it "without a file the report goes to standard output"
kernel_image snapshots pool
succeeds thin_report --json pool
mv stdout to-stdout
succeeds thin_report --json -o to-file pool
expect_same to-stdout to-file

it "metadata blocks are those that the space map counts"
python3 - to-file <<'END' || fail "metadata use"
import json, sys
c = json.load(open(sys.argv[1]))["pools"][0]["contents"]
assert sum(part["blocks"] for part in c["metadata_use"]) == c["metadata_blocks"]["used"] == 44
assert c["metadata_blocks"]["reserve"] == 204
END

it "names of LVM2"
gzip -dc "$TESTS_DIR/functional/lvm/removed.metadata.gz" >pool
lvm=$TESTS_DIR/functional/lvm/four.vg
succeeds thin_ls --no-headers -o DEV,NAME --lvm "$lvm" pool
awk '$2 != "-" { print $2, $1 }' stdout >named
[ -s named ] || fail "no names to look for"
succeeds thin_report --lvm "$lvm" pool
while read -r name id; do expect_stdout_has ">$name ($id)<"; done <named
expect_stdout_has "volume &#39;gone&#39; of"
succeeds thin_report --json --lvm "$lvm" pool
while read -r name id; do expect_stdout_has "\"name\": \"$name\""; done <named

it "a metadata snapshot"
kernel_image metadata-snapshot pool
succeeds thin_dump -m -o dump.xml pool
succeeds thin_report -m --json -o report.json pool
"$TESTS_DIR/functional/thin_report/count_xml" dump.xml report.json 0 2>wrong || fail "$(cat wrong)"
fails thin_report -m7 pool
expect_one_line_error "metadata snapshot does not match"
kernel_image snapshots pool
fails thin_report -m pool
expect_one_line_error "No metadata snapshot found"
