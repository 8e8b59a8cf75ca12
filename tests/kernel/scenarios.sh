# Random scenarios, run by the Linux kernel and by the simulator: both print the
# needs: thin_sim
# same and leave the same bytes on the metadata device.
#
# Where the bytes differ the kernel has another try: on a machine that stalls for
# a second it may commit at another point than usual. If its two runs differ from
# each other, the scenario decides nothing but that the mappings are the same.
. "$HERE/lib.sh"
choose_seed

rm -f ./*.scenario
for i in 1 2 3; do
  name_devices $i
  generate-scenario --seed $((seed + i)) --metadata "$metadata" --data "$data" \
    --origin "$origin" "$i.scenario" "$i-again.scenario"
done
cat >all <<'END'
for i in 1 2 3; do
  echo "== $i"
  sh /$i.scenario
  sh /$i-again.scenario
done
END

# run_kernel PREFIX: all scenarios on fresh devices PREFIX-1.*, PREFIX-2.*, PREFIX-3.*.
run_kernel() {
  for n in 1 2 3; do make_devices "$1-$n"; done
  boot all "$1-1.metadata" "$1-1.data" "$1-1.origin" \
    "$1-2.metadata" "$1-2.data" "$1-2.origin" "$1-3.metadata" "$1-3.data" "$1-3.origin"
  for n in 1 2 3; do section $n >"$1-$n.out"; done
}

# reproducible I: the kernel leaves the same bytes when it runs scenario I again.
reproducible() {
  [ -e second-1.out ] || run_kernel second
  cmp -s "kernel-$1.metadata" "second-$1.metadata"
}

rm -f second-*.out
boot_options=--icount
run_kernel kernel
for i in 1 2 3; do
  name_devices $i
  make_devices sim
  simulate sim $i.scenario sim-1.out
  simulate sim $i-again.scenario sim-2.out
  cat sim-1.out sim-2.out >sim.out
  thin_check -q sim.metadata || fail "thin_check refuses the metadata of scenario $i"
  if cmp -s "kernel-$i.metadata" sim.metadata || reproducible $i; then
    same_output "kernel-$i.out" sim.out
    same_bytes "kernel-$i.metadata" sim.metadata
  else
    printf 'NOT DECIDED: the kernel itself left other bytes when it ran scenario %s again\n' $i >&2
    thin_dump "kernel-$i.metadata" >kernel.xml
    thin_dump sim.metadata >sim.xml
    same_output kernel.xml sim.xml
  fi
done
rm -f ./*.data ./*.origin
