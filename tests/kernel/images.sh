# The scenarios of tests/functional/kernel-images once more on a kernel: it prints and leaves what the
# needs: thin_sim
# simulator does. Three of them on the machine's kernel (SEED=N repeats a run), all on each that
# THIN_KERNELS="6.1 6.12 7.2 7.3" names. loose-mixed is another one each time, and left out.
. "$HERE/lib.sh"
choose_seed
rm -f ./*.sh
for path in "$HERE"/../functional/kernel-images/*.sh.gz; do
  name=$(basename "$path" .gz)
  [ "$name" = loose-mixed.sh ] || gzip -dc "$path" >"$name"
done
if [ -z "${THIN_KERNELS:-}" ]; then
  set -- ./*.sh
  shift $((seed % ($# - 2)))
  set -- "$1" "$2" "$3"
else
  set -- ./*.sh
fi
compare_on_kernels --batch 40 "$@"
