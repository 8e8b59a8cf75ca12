# Metadata that went through thin_dump and thin_restore is activated by the
# kernel, and every thin device reads as it did before.
# needs: thin_restore
. "$HERE/lib.sh"
choose_seed

rm -f ./*.scenario
generate-scenario --seed "$seed" first.scenario
make_devices kernel
boot first.scenario kernel.metadata kernel.data kernel.origin

thin_dump -o pool.xml kernel.metadata || fail "thin_dump ended with status $?"
truncate -s 8M restored.metadata
thin_restore -q -i pool.xml -o restored.metadata || fail "thin_restore ended with status $?"
thin_check -q restored.metadata || fail "thin_check refuses what was restored"

reading_scenario pool.xml >activate.scenario
cat >both <<'END'
for metadata in /dev/vda /dev/vdc; do
  echo "== $metadata"
  sh /activate.scenario $metadata
done
END
boot both kernel.metadata kernel.data restored.metadata
section /dev/vda >before.out
section /dev/vdc >after.out
grep -q 'seed=' before.out || fail "the pool holds no data"
same_output before.out after.out
rm -f ./*.data ./*.origin
