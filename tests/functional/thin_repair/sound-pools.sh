# Sound metadata of busy pools, with a metadata snapshot held and the pool opened anew: whatever older states are on the
# device and however whole, the superblock's is the one that is taken.
disks="--device /dev/vda=pool.metadata:8m --device /dev/vdb=data:2g --device /dev/vdc=mem:256m"
# With the first two nothing is left open: their commits show that one machine alone had the pool, also around the snapshot.
for seed in 105 111 113 151 129; do
  it "the pool of scenario $seed"
  rm -f pool.metadata data
  succeeds "$TESTS_DIR/kernel/generate-scenario" --seed "$seed" first second
  for session in first second; do succeeds thin_sim run $disks "$session"; done
  succeeds thin_check -q pool.metadata
  rm -f repaired
  truncate -s 8M repaired
  succeeds thin_repair -i pool.metadata -o repaired
  [ "$seed" -gt 111 ] || expect_stdout_has "Nothing was lost."
  succeeds thin_dump -o before.xml pool.metadata
  succeeds thin_dump -o after.xml repaired
  cmp before.xml after.xml || fail "the repair took another state: $(cat stdout)"
done
