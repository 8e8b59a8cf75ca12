# The way back: the kernel activates pools that the simulator left, its thin
# needs: thin_sim
# devices read what the simulator says, and it goes on from there as we would.
. "$HERE/lib.sh"
choose_seed

rm -f ./*.scenario
for i in 1 2 3; do
  name_devices $i
  generate-scenario --seed $((seed + i)) --metadata "$metadata" --data "$data" \
    --origin "$origin" first "$i.scenario"
  make_devices "kernel-$i"
  simulate "kernel-$i" first first.out
  for device in metadata data origin; do
    cp --sparse=always "kernel-$i.$device" "sim-$i.$device"
  done
done
cat >all <<'END'
for i in 1 2 3; do
  echo "== $i"
  sh /$i.scenario
done
END
boot all kernel-1.metadata kernel-1.data kernel-1.origin \
  kernel-2.metadata kernel-2.data kernel-2.origin kernel-3.metadata kernel-3.data kernel-3.origin

for i in 1 2 3; do
  name_devices $i
  section $i >kernel.out
  simulate "sim-$i" $i.scenario sim.out
  same_output kernel.out sim.out
  same_bytes kernel-$i.metadata sim-$i.metadata
done
rm -f ./*.data ./*.origin
