# What --repair writes has passed the same check as what thin_repair writes.
. "$TESTS_DIR/functional/thin_check/shared-times.inc"
succeeds thin_sim run --device /dev/vda=good:4M --device /dev/vdb=data:640M pool.scenario
succeeds thin_dump -o good.xml good
snap_time() { sed -n "s/.*<device dev_id=\"$1\".* snap_time=\"\([0-9]*\)\".*/\1/p" "$2"; } # DEVICE XML

it "is the pool, where nothing is wrong"
succeeds thin_dump --repair good
expect_no_stderr
expect_same good.xml stdout

it "has snapshot times that keep the kernel out of shared blocks"
cp good pool
low_snapshot_time pool
fails thin_check pool
succeeds thin_dump --repair -o dumped.xml pool
expect_stderr_has 'not proven: times of mappings were wrong: snapshot times raised: device 3 from 1 to 2'
[ "$(snap_time 3 dumped.xml)" -eq 2 ] || fail "$(grep '<device' dumped.xml)"
zeroes restored 4194304
succeeds thin_restore -i dumped.xml -o restored
expect_no_stderr
succeeds thin_check restored

it "so that it is what thin_repair writes"
zeroes repaired 4194304
succeeds thin_repair -i pool -o repaired
expect_stderr_has 'snapshot times raised: device 3 from 1 to 2'
succeeds thin_dump -o repaired.xml repaired
expect_same repaired.xml dumped.xml

it "a pool's time that mappings are ahead of is raised"
cp good pool
succeeds thin_generate_damage --block 0 --field time --value 0 -o pool
succeeds thin_dump --repair -o dumped.xml pool
zeroes restored 4194304
succeeds thin_restore -i dumped.xml -o restored
expect_no_stderr
succeeds thin_check restored

it "of what is not dumped nothing is changed or said"
cp good pool
low_snapshot_time pool
succeeds thin_dump --repair --dev-id 3 pool
expect_no_stderr
[ "$(snap_time 3 stdout)" -eq 1 ] || fail "$(cat stdout)"
succeeds thin_dump --repair --skip-mappings pool
expect_no_stderr

it "what thin_restore would refuse is no dump"
fails thin_dump --repair --data-block-size 3 -o absent.xml good
expect_one_line_error 'invalid data block size 3'
expect_absent absent.xml
