# Real reports of every tool are what the schemas say, and have no member that these do not
# name. Failures are documents, too.
schemas=$TESTS_DIR/../schema
validate=$TESTS_DIR/functional/schema/validate
command -v python3 >/dev/null || skip "python3 reads the documents"
python3 -c 'import jsonschema' 2>missing || skip "the module jsonschema (python3-jsonschema) is not there"

valid() { # NAME [FILE]: standard output of the last command, or FILE
  "$validate" "$schemas" "$1" "${2:-stdout}" >mistakes 2>&1 || fail "$(head -n 5 mistakes)"
}
invalid() { # NAME FILE WORD
  if "$validate" "$schemas" "$1" "$2" >mistakes 2>&1; then fail "$2 passes as $1"; fi
  grep -qF -e "$3" mistakes || fail "$(cat mistakes)"
}

it "a member too many, one too few and a wrong type are seen"
kernel_image fresh pool
succeeds thin_check --json pool
valid thin_check-report-1
sed 's/"advice"/"more": 1, "advice"/' stdout >more
invalid thin_check-report-1 more more
grep -v '"advice"' stdout >less
invalid thin_check-report-1 less advice
sed 's/"findings_not_listed": 0/"findings_not_listed": "0"/' stdout >wrong
invalid thin_check-report-1 wrong findings_not_listed
sed 's/"version": 1/"version": 2/' stdout >later
invalid thin_check-report-1 later version

it "every tool that writes JSON has a schema"
while read -r tool; do
  case $tool in '' | '#'*) continue ;; esac
  "$tool" --help >help
  ! grep -qE -e '^ +(-.,)? *--json' help || ls "$schemas/$tool"-*.schema.json >found 2>&1 ||
    fail "$tool has none"
done <"$TESTS_DIR/../pdata-tools/tools.list"

it "healthy pools"
for image in fresh metadata-snapshot metadata-error; do
  kernel_image "$image" pool
  run thin_check --json pool
  valid thin_check-report-1
  succeeds thin_check --json --skip-mappings pool
  valid thin_check-report-1
  succeeds thin_ls --json pool
  valid thin_ls-report-1
  succeeds thin_ls --json -o "DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,SHARED_BLOCKS,HIGHEST_BLOCK,MAPPED_SECTORS,\
EXCLUSIVE_SECTORS,SHARED_SECTORS,HIGHEST_SECTOR,MAPPED_BYTES,EXCLUSIVE_BYTES,SHARED_BYTES,HIGHEST_BYTE,MAPPED,\
EXCLUSIVE,SHARED,HIGHEST_MAPPED,TRANSACTION,CREATE_TIME,SNAP_TIME" pool
  valid thin_ls-report-1
  succeeds thin_rmap --json --region 0..2000 pool
  valid thin_rmap-report-1
  succeeds thin_scan --json --references --fields --entries pool
  valid thin_scan-report-1
  for op in data_blocks metadata_blocks data_run_len; do
    succeeds thin_stat --json --op "$op" pool
    valid thin_stat-report-1
  done
  succeeds thin_ls --json -o DEV,FINGERPRINT pool
  valid thin_ls-report-1
  device=$(thin_ls --no-headers -o DEV pool | head -n 1 | tr -d ' ')
  if [ -n "$device" ]; then
    succeeds thin_ls --json --group "$device" pool
    valid thin_ls-groups-1
    succeeds thin_stat --json --sharing --dev-id "$device" pool
    valid thin_stat-sharing-1
  fi
  run thin_report --json pool
  valid thin_report-report-1
  succeeds thin_dump --format json pool
  valid thin_dump-pool-1
  succeeds thin_dump --format json --defs pool
  valid thin_dump-pool-1
  succeeds thin_repair --list-roots --json -i pool
  valid thin_repair-roots-1
done
kernel_image snapshots pool
for detail in "" --verbose --skip-same; do
  succeeds thin_delta --json $detail --thin1 0 --thin2 5 pool
  valid thin_delta-report-1
done
kernel_image metadata-snapshot pool
succeeds thin_delta --json -m --thin1 0 --thin2 0 pool
valid thin_delta-report-1
succeeds thin_report --json -m pool
valid thin_report-report-1
kernel_image snapshots earlier
damage_block earlier 0
succeeds thin_report --json --against earlier pool
valid thin_report-report-1

it "damaged pools"
kernel_image snapshots pool
roots=$(thin_repair --list-roots --json -i pool | python3 -c '
import json, sys
roots = json.load(sys.stdin)
print(roots["chosen"]["mapping_root"], roots["chosen"]["details_root"])')
for block in 0 $roots 416; do
  kernel_image snapshots pool
  damage_block pool "$block"
  run thin_check --json pool
  valid thin_check-report-1
  run thin_report --json pool
  valid thin_report-report-1
  truncate -s "$(stat -c %s pool)" out
  run thin_repair --json --data-block-size 128 -i pool -o out
  [ "$status" -ne 0 ] && valid thin-tools-error-1 || valid thin_repair-report-1
  run thin_repair --list-roots --json -i pool
  valid thin_repair-roots-1
  run thin_scan --json --examine-corruption pool
  valid thin_scan-report-1
done
kernel_image mixed-0 pool
damage_block pool 1505
fails thin_check --json pool
valid thin_check-report-1
fails thin_ls --json -o DEV,EXCLUSIVE pool
valid thin_ls-report-1
fails thin_rmap --json --region 0..2000 pool
valid thin_rmap-report-1
fails thin_stat --json --op data_run_len pool
valid thin_stat-report-1
fails thin_delta --json --thin1 2 --thin2 3 pool
valid thin-tools-error-1
expect_stdout_has "run thin_check"

it "leaks"
kernel_image snapshots pool
succeeds thin_generate_damage --create-metadata-leaks --nr-blocks 3 --expected 0 --actual 1 -o pool
fails thin_check --json pool
valid thin_check-report-1
expect_stdout_has '"verdict": "leaks"'
succeeds thin_check --json --auto-repair pool
valid thin_check-report-1

it "the simulator's reports"
succeeds thin_sim replay -q --json replay.json "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz"
valid thin_sim-replay-1 replay.json
succeeds thin_sim replay -q --snapshot-every 2s --expect 'requests > 0' --json snapshots.json \
  "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz"
valid thin_sim-replay-1 snapshots.json
fails thin_sim replay -q --expect 'requests < 1' --json unmet.json \
  "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz"
valid thin_sim-replay-1 unmet.json
succeeds thin_sim replay -q --sweep block-size=64k,256k --json sweep.json \
  "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz"
valid thin_sim-sweep-1 sweep.json
succeeds thin_sim merge -o merged.json replay.json
valid thin_sim-sweep-1 merged.json
succeeds thin_sim size --json size.json "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz"
valid thin_sim-size-1 size.json
run thin_sim explore --depth 2 --json explore.json
valid thin_sim-explore-1 explore.json
succeeds thin_sim explore --trace "$TESTS_DIR/functional/traces/ext4-fio.blkparse.gz" \
  --max-moments 20 --json explore-trace.json
valid thin_sim-explore-1 explore-trace.json

it "a failure is a document and a line"
for call in "thin_check --json absent" "thin_ls --json absent" "thin_rmap --json --region 0..1 absent" \
  "thin_delta --json --thin1 0 --thin2 1 absent" "thin_scan --json absent" "thin_stat --json absent" \
  "thin_repair --json -i absent -o out" "thin_check --json" "thin_check --json --hedgehogs pool" \
  "thin_report --json absent" "thin_report --json --against absent pool" "thin_ls --json -o WRONG pool" "thin_rmap --json pool" "thin_repair --json" \
  "thin_delta --json --thin1 0 --thin2 77 pool"; do
  fails $call
  valid thin-tools-error-1
  expect_stdout_has "\"tool\": \"${call%% *}\""
  [ -s stderr ] || fail "nothing on standard error"
done

it "none where JSON was not asked for, or nothing is to be said"
fails thin_check absent
expect_no_stdout
fails thin_check -- --json
expect_no_stdout
fails thin_check -q --json absent
expect_no_stdout
succeeds thin_check --json --help
expect_stdout_match '^Usage: thin_check'

it "a name that is no UTF-8"
name=$(printf 'pool\377')
fails thin_check --json "$name"
valid thin-tools-error-1
cp pool "$name"
succeeds thin_check --json "$name"
valid thin_check-report-1

it "volumes of LVM2"
gzip -dc "$TESTS_DIR/functional/lvm/external.metadata.gz" >pool
for backup in four external deleting; do
  succeeds thin_ls --json -o DEV,NAME,SIZE,SIZE_BYTES,SIZE_SECTORS --lvm "$TESTS_DIR/functional/lvm/$backup.vg" pool
  valid thin_ls-report-1
done
succeeds thin_stat --json --sharing --lvm "$TESTS_DIR/functional/lvm/four.vg" pool
valid thin_stat-sharing-1
