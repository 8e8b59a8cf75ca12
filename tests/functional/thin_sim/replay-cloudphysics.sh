# A production trace that is not part of the project: CLOUDPHYSICS_TRACES names
# the folder that has it.
folder=${CLOUDPHYSICS_TRACES:-$TESTS_DIR/../../shared/traces}
[ -e "$folder/cloudphysics.vscsi.gz" ] || folder=$TESTS_DIR/../../../shared/traces
[ -e "$folder/cloudphysics.vscsi.gz" ] || skip "no CloudPhysics trace: set CLOUDPHYSICS_TRACES"

it "is replayed whole with defaults alone"
for form in vscsi csv; do
  run thin_sim replay --json report.json "$folder/cloudphysics.$form.gz"
  expect_status 0
  expect_stdout_has "113,872 requests"
  expect_stdout_has "everything agrees"
  grep -q '"data_blocks": 14711,' report.json || fail "another number of blocks"
done

it "with snapshots every minute its metadata is clean"
run thin_sim replay --snapshot-every 1m --keep 6 --save-metadata result \
  "$folder/cloudphysics.vscsi.gz"
expect_status 0
expect_stdout_has "everything agrees"
succeeds thin_check result
