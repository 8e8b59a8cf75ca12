# Random scenarios of the odd kind (generate-wide-scenario), one of each: the kernel and the
# needs: thin_sim
# simulator print the same and leave the same bytes. SEED=N repeats a run.
. "$HERE/lib.sh"
choose_seed
first=$((seed % 1000000 * 13))
"$HERE/compare-scenarios" ${THIN_KERNEL_VERSION:+--kernel "$THIN_KERNEL_VERSION"} \
  --seeds "$first-$((first + 12))" --batch 13 --timeout 800
