# Damage is shown where it is, what is lost by it is that of thin_check, and the rest is counted
# as it is dumped.
node_of() { # KIND POOL: the first block of that kind in use by thin_ll_dump's account
  thin_ll_dump "$1" | sed -n 's/.*<node blocknr="\([0-9]*\)".*/\1/p'
}

kernel_image snapshots pool
cp pool hurt
roots=$(thin_ll_dump pool | sed -n '/<orphans>/q; s/.*<node blocknr="\([0-9]*\)".*/\1/p')
set -- $roots
damage_block hurt "$4"
remember hurt

it "a lost device: status 1, a report, what is lost"
run thin_report --json -o report.json hurt
expect_status 1
expect_stderr "'hurt': damaged; the report shows what can be read."
fails thin_check --json hurt
python3 - report.json stdout <<'END' || fail "findings"
import json, sys
report = json.load(open(sys.argv[1]))["pools"][0]
check = json.load(open(sys.argv[2]))
assert report["verdict"] == check["verdict"] == "damaged"
assert report["findings"] == check["findings"], report["findings"]
lost = [{"begin": f["lost"]["begin"], "end": f["lost"]["end"], "device": f["device"]}
        for f in check["findings"] if "lost" in f]
assert lost == [{k: l[k] for k in ("begin", "end", "device")} for l in report["lost"]] and lost
assert report["contents"]["complete"] is False
assert [d["device"] for d in report["contents"]["devices"] if not d["whole"]] == [3]
END
it "the page says so"
run thin_report -o page.html hurt
grep -q 'Damaged: 1 finding costs something' page.html || fail "no verdict"
grep -q 'virtual blocks 0 and all above' page.html || fail "no lost range"
expect_unchanged hurt

it "before and after a repair"
zeroes repaired 8388608
thin_repair -q -i hurt -o repaired
succeeds thin_report --against hurt --json -o both.json repaired
succeeds thin_dump -o dump.xml repaired
"$TESTS_DIR/functional/thin_report/count_xml" dump.xml both.json 1 2>wrong || fail "$(cat wrong)"
python3 - report.json both.json <<'END' || fail "the earlier state"
import json, sys
alone, both = (json.load(open(name))["pools"] for name in sys.argv[1:])
assert alone == both[:1] and len(both) == 2
END
succeeds thin_report --against hurt -o both.html repaired
for words in 'Side by side' 'Map of the data device, before' 'Map of the data device, after'; do
  grep -q "$words" both.html || fail "the page lacks: $words"
done

it "a superblock that cannot be used leaves its finding"
cp pool hurt
poke hurt 0 '\001'
run thin_report --json -o report.json hurt
expect_status 1
grep -q '"contents": null' report.json || fail "contents of nothing"
grep -q '"superblock_checksum"' report.json || fail "no finding"
run thin_report -o page.html hurt
grep -q 'its superblock cannot be used' page.html || fail "the page does not say so"

it "the output is not one of the inputs"
cp pool earlier
for output in pool earlier; do
  fails thin_report -o "$output" --against earlier pool
  expect_one_line_error "$output"
done
expect_same pool earlier

it "names in paths do not become markup"
cp pool '<b>&"pool'
succeeds thin_report '<b>&"pool'
expect_stdout_lacks '<b>&"pool'
expect_stdout_has '&lt;b&gt;&amp;&quot;pool'
