# The reverse map is the dump turned round, with every device that shares.
# reverse BEGIN END <XML: the lines that thin_rmap must print.
reverse() {
  awk -F'"' -v begin="$1" -v end="$2" '
    function close_run() { if (n) print "data " data ".." data + n " -> thin(" dev ") " thin ".." thin + n; n = 0 }
    function put(t, d) {
      if (d < begin || d >= end) return
      if (n && d == data + n && t == thin + n) { n++; return }
      close_run(); data = d; thin = t; n = 1
    }
    /<device / { close_run(); dev = $2 }
    /<single_mapping / { put($2 + 0, $4 + 0) }
    /<range_mapping / { for (i = 0; i < $6; i++) put($2 + i, $4 + i) }
    END { close_run() }' |
    sed 's/\.\./ /g; s/[()]/ /g' | sort -n -k2,2 -k3,3 -k6,6 -k7,7 |
    awk '{ print "data " $2 ".." $3 " -> thin(" $6 ") " $7 ".." $8 }'
}

for name in snapshots mixed-0 mixed-2 metadata-error many-devices fresh; do
  it "every mapping of $name is found once"
  kernel_image "$name" pool
  succeeds thin_dump pool
  mv stdout pool.xml
  reverse 0 16384 <pool.xml >expected
  succeeds thin_rmap --region 0..16384 pool
  expect_no_stderr
  expect_same expected stdout
done

it "runs are cut at the edges of a region, and regions may overlap"
kernel_image mixed-0 pool
succeeds thin_dump pool
reverse 100 700 <stdout >expected
succeeds thin_rmap --region 300..700 --region 100..400 pool
expect_same expected stdout

it "devices that share nodes are all listed"
sed -n 's/.*thin(\(.*\)).*/\1/p' expected | sort -u >devices
[ "$(wc -l <devices)" -gt 2 ] || fail "only devices $(tr '\n' ' ' <devices)"

it "--json"
succeeds thin_rmap --json --region 100..700 pool
expect_stdout_has '"complete": true'
sed -n 's/.*"data_begin": \(.*\), "data_end": \(.*\), "dev_id": \(.*\), "thin_begin": \(.*\), "thin_end": \([0-9]*\)}.*/data \1..\2 -> thin(\3) \4..\5/p' \
  stdout >lines
expect_same expected lines

it "-m reads the metadata snapshot"
kernel_image metadata-snapshot held
succeeds thin_dump -m held
reverse 0 16384 <stdout >expected
succeeds thin_rmap -m --region 0..16384 held
expect_same expected stdout

it "damage: the rest is listed, status 1"
kernel_image snapshots pool
succeeds thin_rmap --region 0..16384 pool
mv stdout whole
damage_block pool 1722
fails thin_rmap --region 0..16384 pool
expect_stderr_has 'mapping tree of device 2, block 1722: bad checksum'
expect_stderr_has 'Damage in mapping tree, please run thin_check.'
grep -v -F 'thin(2)' whole >others
grep -v -F 'thin(2)' stdout >given
expect_same others given
