# The report for programs.
json() { python3 -c "import json; r = json.load(open('stdout')); print($1)" >value || fail "no JSON"; }
value_is() { json "$1"; [ "$(cat value)" = "$2" ] || fail "$1 is $(cat value), not $2"; }
command -v python3 >/dev/null || skip "python3 reads the document"

it "healthy"
kernel_image metadata-snapshot pool
succeeds thin_check --json pool
expect_no_stderr
value_is 'r["verdict"]' healthy
value_is 'r["device"]' pool
value_is 'r["transaction_id"]' 42
value_is 'r["metadata_free_blocks"]' 2019
value_is 'r["findings"]' '[]'

it "damaged"
kernel_image mixed-0 pool
damage_block pool 1505
fails thin_check --json pool
expect_no_stderr
value_is 'r["verdict"]' damaged
value_is 'len(r["findings"])' 1
value_is 'r["findings"][0]["id"]' block_checksum
value_is 'r["findings"][0]["structure"]' mapping_tree
value_is 'r["findings"][0]["device"]' 2
value_is 'r["findings"][0]["block"]' 1505
value_is 'r["findings"][0]["lost"]' "{'begin': 429, 'end': 1028}"
value_is 'r["damaged_devices"][0]["device"]' 2

it "quiet"
fails thin_check --json -q pool
expect_no_stdout
expect_no_stderr
