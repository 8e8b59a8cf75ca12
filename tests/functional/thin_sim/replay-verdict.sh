# A green run means something: what fails, what can be allowed, and that exit
# status, summary, JSON, JUnit and page say the same.
cat >good.csv <<'END'
time_s,op,offset_bytes,length_bytes,device
0,write,1048576,4096,a
1,read,1048576,4096,a
2,write,536870912,65536,a
END
judged() { # STATUS TEXT OPTIONS...: replays, and looks at all outputs
  status_wanted=$1 text=$2
  shift 2
  rm -f report.json report.xml report.html
  run thin_sim replay --json report.json --junit report.xml --html report.html "$@"
  expect_status "$status_wanted"
  if [ "$status_wanted" -eq 0 ]; then
    grep -q '"good": true' report.json || fail "JSON does not say good"
    ! grep -qE '<(failure|error) ' report.xml || fail "JUnit has a failure"
    ! grep -q '<h1 class="bad"' report.html || fail "the page is red"
    expect_stdout_has "Verdict: good"
  else
    grep -q '"good": false' report.json || fail "JSON says good"
    grep -qE '<(failure|error) ' report.xml || fail "JUnit has no failure"
    grep -q '<h1 class="bad"' report.html || fail "the page is not red"
    expect_stderr_has "$text"
  fi
  for file in report.json report.xml report.html; do
    grep -qF -e "$text" "$file" || fail "$file lacks '$text'"
  done
}

it "a trace that is read and replayed is good"
judged 0 "" good.csv

it "a trace with nothing in it fails, unless that is allowed"
head -n 1 good.csv >empty.csv
judged 1 "nothing was replayed" empty.csv
judged 0 "nothing was replayed" --allow nothing-replayed empty.csv

it "damaged records fail above 0.1 %"
sed '3s/read/dance/' good.csv >damaged.csv
judged 1 "1 of 4 records are damaged (25 %)" damaged.csv
judged 0 "1 of 4 records are damaged (25 %)" --allow damaged-records damaged.csv
awk 'BEGIN { print "time_s,op,offset_bytes,length_bytes"; for (i = 0; i < 2000; i++)
  print i "," (i == 7 ? "dance" : "write") "," i * 4096 ",4096" }' >few.csv
judged 0 "" few.csv
judged 1 "few.csv: line 9" --strict few.csv

it "a file that ends in the middle of its data fails"
gzip -c few.csv | head -c 4000 >cut.csv.gz
judged 1 "1 file of the trace cannot be read to its end" --allow damaged-records cut.csv.gz
judged 0 "cannot be read to its end" --allow damaged-records --allow lost-records cut.csv.gz

it "a pool that is too small fails, also through a pipe"
judged 1 "out of space" --pool-size 64k --thin-size 1g good.csv
judged 1 "request failed" --allow out-of-space --pool-size 64k --thin-size 1g good.csv
judged 0 "request failed" --allow out-of-space,failed-requests --pool-size 64k --thin-size 1g good.csv
grep -qE '"seconds_out_of_space": 6[01]' report.json || fail "the time is missing"
run_with_input good.csv thin_sim replay --pool-size 64k --thin-size 1g -
expect_status 1
judged 1 "1 request failed" --pool "0 128 thin-pool m d 128 0 1 error_if_no_space" \
  --metadata-size 16m --thin 0=1g good.csv

it "expectations fail, unless that is allowed"
judged 1 "does not hold, it is 2" --expect 'provisions == 3' good.csv
judged 0 "does not hold" --expect 'provisions == 3' --allow unmet-expectations good.csv

it "JUnit tells of runs that never began"
fails thin_sim replay --junit report.xml absent.csv
grep -q '<error type="run" message="[^"]*absent.csv' report.xml || fail "$(cat report.xml)"
fails thin_sim replay --junit report.xml --block-size 63k good.csv
grep -q '<error type="run" message="the block size must be' report.xml || fail "$(cat report.xml)"
fails thin_sim replay --junit report.xml --snapshot-every yesterday good.csv
grep -q "<error type=\"run\" message=\"invalid value &#39;yesterday" report.xml || fail "$(cat report.xml)"
fails thin_sim replay --junit report.xml --html good.csv/page.html good.csv
grep -q '<error type="run" message="[^"]*good.csv/page.html' report.xml || fail "$(cat report.xml)"

it "what can be allowed is said where it is not known"
fails thin_sim replay --allow everything good.csv
expect_stderr_has "expected nothing-replayed, damaged-records, "

it "what was assumed is shown"
run thin_sim replay --json report.json --html report.html good.csv
expect_stdout_match "^  read as +csv"
grep -q '"format": "csv"' report.json || fail "the format is missing"
grep -q 'What was assumed' report.html || fail "the page does not say it"

it "sizes are shown with and without the reserve"
run thin_sim replay --json report.json --metadata-size 16m good.csv
used=$(sed -n 's/.*"metadata_blocks_max": \([0-9]*\),.*/\1/p' report.json)
reserve=$(sed -n 's/.*"metadata_reserve_blocks": \([0-9]*\),.*/\1/p' report.json)
grep -q "\"metadata_blocks_max_with_reserve\": $((used + reserve))," report.json || fail "no sum"
grep -q "thin-pool 0 $((used + reserve))/4096 " report.json || fail "not what the status line says"
grep -q '"data_bytes_max": 131072,' report.json || fail "data_bytes_max is wrong"

it "the man page has every value and everything that can be allowed"
page=$TESTS_DIR/../man/thin_sim.8
sed -n '/^ *"values": {/,/}/s/^ *"\([a-z_]*\)": .*/\1/p' report.json | sed 1d >names
[ "$(wc -l <names)" -gt 50 ] || fail "the report has no values"
while read -r name; do
  grep -qE "^\.BR? $name( |$)" "$page" || fail "the man page lacks the value $name"
done <names
fails thin_sim replay --allow everything good.csv
sed -n "s/.*expected //p" stderr | sed 's/ or /, /; s/, /\n/g' >names
[ "$(wc -l <names)" -eq 7 ] || fail "not seven things can be allowed"
while read -r name; do
  grep -qx "\.B $(echo "$name" | sed 's/-/\\\\-/g')" "$page" || fail "the man page lacks $name"
done <names

it "no output goes over an input, and JUnit says so where it can"
cp good.csv kept.csv
for output in json html csv junit save-metadata; do
  fails thin_sim replay "--$output" good.csv good.csv
  expect_stderr_has "are on the same bytes"
  cmp -s good.csv kept.csv || fail "--$output changed the trace"
done
fails thin_sim replay --json good.csv --junit refused.xml good.csv
grep -q '<error .*are on the same bytes' refused.xml || fail "JUnit does not say it"
fails thin_sim replay --expect nonsense --junit good.csv good.csv
cmp -s good.csv kept.csv || fail "a usage error changed the trace"
cp report.json kept.json
fails thin_sim replay --baseline report.json --json report.json good.csv
fails thin_sim merge --json report.json report.json
fails thin_sim compare --html report.json report.json report.json
cmp -s report.json kept.json || fail "the report was changed"
fails thin_sim size --json good.csv good.csv
fails thin_sim replay --sweep block-size=64k,128k --junit good.csv good.csv
cmp -s good.csv kept.csv || fail "a search or sweep changed the trace"
fails thin_sim replay --json both --html both good.csv
expect_absent both
