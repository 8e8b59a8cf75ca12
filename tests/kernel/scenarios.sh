# Random scenarios, run by the Linux kernel and by the simulator: both print the
# needs: thin_sim
# same and leave the same bytes on the metadata device.
. "$HERE/lib.sh"
choose_seed

rm -f ./*.scenario
for i in 1 2 3; do
  name_devices $i
  generate-scenario --seed $((seed + i)) --metadata "$metadata" --data "$data" \
    --origin "$origin" "$i.scenario" "$i-again.scenario"
  make_devices "kernel-$i"
done
cat >all <<'END'
for i in 1 2 3; do
  echo "== $i"
  sh /$i.scenario
  sh /$i-again.scenario
done
END
boot all kernel-1.metadata kernel-1.data kernel-1.origin \
  kernel-2.metadata kernel-2.data kernel-2.origin kernel-3.metadata kernel-3.data kernel-3.origin

for i in 1 2 3; do
  name_devices $i
  make_devices sim
  section $i >kernel.out
  simulate sim $i.scenario sim-1.out
  simulate sim $i-again.scenario sim-2.out
  cat sim-1.out sim-2.out >sim.out
  same_output kernel.out sim.out
  same_bytes kernel-$i.metadata sim.metadata
  thin_check -q sim.metadata || fail "thin_check refuses the metadata of scenario $i"
done
rm -f ./*.data ./*.origin
