# A search can be parted, joined, interrupted and gone on with; reports agree.
number() { # NAME FILE: the sum of all numbers of that name
  grep -o "\"$1\": [0-9]*" "$2" | awk '{ sum += $2 } END { print sum + 0 }'
}
it "shards add up to the whole"
succeeds thin_sim explore -q --no-merge --depth 2 --pool tiny --json whole.json
for shard in 1 2 3; do
  succeeds thin_sim explore -q --no-merge --depth 2 --pool tiny --shard $shard/3 \
    --json shard-$shard.json
done
succeeds thin_sim merge --json merged.json shard-1.json shard-2.json shard-3.json
for name in histories crash_points crash_states; do
  [ "$(number $name merged.json)" -eq "$(number $name whole.json)" ] || fail "$name differs"
  [ "$(number $name whole.json)" -gt 0 ] || fail "no $name"
done

it "the number of threads changes nothing that is found"
succeeds thin_sim explore -q --jobs 1 --depth 2 --json one.json
succeeds thin_sim explore -q --jobs 4 --depth 2 --json four.json
grep -v states_checked_anew one.json >one
grep -v states_checked_anew four.json >four
expect_same one four

it "a saved search is not begun again, and of other options refused"
succeeds thin_sim explore --depth 1 --pool tiny --save search
cp stdout first
succeeds thin_sim explore --depth 1 --pool tiny --save search
expect_same first stdout
fails thin_sim explore --depth 2 --pool tiny --save search
expect_one_line_error "begun with other options"
echo '{"format": 1}' >search
fails thin_sim explore --depth 1 --pool tiny --save search
expect_one_line_error "cannot be gone on with"

it "a search that was killed goes on where its file says"
succeeds thin_sim explore -q --depth 3 --pool tiny --jobs 1 --json whole.json
thin_sim explore -q --depth 3 --pool tiny --jobs 1 --save killed &
search=$!
while kill -0 $search 2>/dev/null && ! [ -s killed ]; do sleep 0.05; done
kill -9 $search 2>/dev/null || true
wait $search 2>/dev/null || true
[ -s killed ] || fail "it was not saved"
succeeds thin_sim explore -q --depth 3 --pool tiny --jobs 1 --save killed --json resumed.json
grep -v states_checked_anew whole.json >whole
grep -v states_checked_anew resumed.json >resumed
expect_same whole resumed

it "violations are in all reports"
fails thin_sim explore --depth 2 --pool tiny --dialect linux-6.1,without=fua-overwrite \
  --json report.json --junit report.xml --scenarios found
expect_stdout_has 'VIOLATED: durable-writes'
grep -q '"invariant": "durable-writes"' report.json || fail "not in the JSON"
grep -q '<failure message=' report.xml || fail "not in the JUnit XML"
succeeds thin_sim run --device /dev/meta=mem:64m --device /dev/data=mem:1m \
  --dialect linux-6.1,without=fua-overwrite found-durable-writes

it "what is expected can be chosen"
succeeds thin_sim explore --depth 2 --pool tiny --expect no-foreign-data \
  --dialect linux-6.1,without=fua-overwrite
expect_stdout_has 'noted: durable-writes'

it "mistakes are named"
for wrong in '--pool huge' '--operations fly' '--expect luck' '--shard 3/2' '--sector 1000' \
  '--dialect linux-6.1,without=bugs' '--scenario nothing' '--max-states 0' '--jobs 0'; do
  # shellcheck disable=SC2086 # an option and its value
  fails thin_sim explore $wrong
done
