# Random scenarios of the odd kind (generate-wide-scenario), one of each: the kernel and the
# needs: thin_sim
# simulator print the same and leave the same bytes. SEED=N repeats a run.
# By default the machine's kernel is tried; THIN_KERNELS="6.1 6.12 7.2 7.3" names others.
. "$HERE/lib.sh"
choose_seed
first=$((seed % 1000000 * 18))
compare_on_kernels --seeds "$first-$((first + 17))" --batch 18
