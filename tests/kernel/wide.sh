# Random scenarios of the odd kind (generate-wide-scenario), one of each: the kernel and the
# needs: thin_sim
# simulator print the same and leave the same bytes. SEED=N repeats a run.
. "$HERE/lib.sh"
choose_seed
first=$((seed % 1000000 * 17))
"$HERE/compare-scenarios" ${THIN_KERNEL_VERSION:+--kernel "$THIN_KERNEL_VERSION"} \
  --seeds "$first-$((first + 16))" --batch 17 --timeout 1600
