# The static binary is small, needs nothing, and checks a pool's metadata as the only
# program of an initramfs, as process 1 of a machine without /proc and devices.
. "$HERE/lib.sh"
static=$HERE/../../build-static/thin-tools
[ -x "$static/pdata_tools" ] || {
  echo "SKIPPED: no static binary (cmake --preset static && cmake --build --preset static)" >&2
  exit 77
}

size=$(wc -c <"$static/pdata_tools")
[ "$size" -lt $((4 * 1024 * 1024)) ] || fail "it has $size bytes"
! ldd "$static/pdata_tools" >/dev/null 2>&1 || fail "it needs shared libraries"

# It computes what the dynamic one computes.
shipped=$HERE/../functional/kernel-images
for image in "$shipped"/*.metadata.gz; do
  gzip -dc "$image" >metadata
  "$static/thin_check" -q metadata || fail "it refuses $image"
  "$static/thin_dump" metadata >static.xml
  thin_dump metadata >dynamic.xml
  cmp -s static.xml dynamic.xml || fail "it dumps $image in another way"
done

rm -rf tree
mkdir tree
cp "$static/pdata_tools" tree/
ln -s pdata_tools tree/thin_check
gzip -dc "$shipped/snapshots.metadata.gz" >tree/metadata
boot_alone() { # STATUS COMMAND
  alone_status=0
  kernel-run --memory 256 --tree tree --alone "$2" >console 2>messages || alone_status=$?
  [ "$alone_status" -ne 77 ] || { cat messages >&2; exit 77; }
  [ "$alone_status" -eq "$1" ] || {
    cat console messages >&2
    fail "'$2' ended with status $alone_status instead of $1"
  }
}
boot_alone 0 "/thin_check /metadata"
grep -qx "TRANSACTION_ID=0" console || { cat console >&2; fail "it does not say what it found"; }

printf '\377' | dd of=tree/metadata bs=1 seek=$((416 * 4096 + 2048)) conv=notrunc status=none
boot_alone 1 "/thin_check /metadata"
grep -q "block 416: bad checksum" console || { cat console >&2; fail "the damage is not named"; }
rm -rf tree
