# An ext4 on a volume: its files come back through the server, whole and after damage.
. "$TESTS_DIR/functional/thin_nbd/served"
need_nbd
command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not there"
block=65536

mkdir -p files/sub
garbage files/large 3000000
printf 'small\n' >files/sub/small
for n in 1 2 3 4 5 6 7 8 9; do garbage "files/sub/$n" $((n * 40001)); done
mkfs.ext4 -q -b 4096 -O ^has_journal -d files volume 32M
"$TESTS_DIR/functional/thin_nbd/lay-out" volume data pool.xml
truncate -s 4M metadata
thin_restore -q -i pool.xml -o metadata
remember metadata data

expect_files() { # IMAGE
  fsck.ext4 -fn "$1" >fsck.log 2>&1 || fail "$(cat fsck.log)"
  rm -rf found
  mkdir found
  debugfs -R "rdump / found" "$1" >debugfs.log 2>&1
  rm -rf found/lost+found
  diff -r files found >difference || fail "$(cat difference)"
}

it "nbdcopy"
serve 1 --size 32m -- nbdcopy '"$uri"' copied
expect_same volume copied
expect_files copied

it "qemu-img, without holes where there were none"
if command -v qemu-img >/dev/null; then
  serve 1 --size 32m -- qemu-img convert -f raw -O raw '"$uri"' converted
  expect_same volume converted
  serve 1 --size 32m -- qemu-img convert -f raw -O qcow2 '"$uri"' converted.qcow2
  succeeds qemu-img compare -f raw -F qcow2 volume converted.qcow2
  serve 1 --size 32m -- qemu-img map -f raw --output=json '"$uri"'
  python3 - <<'END' || fail "the map of qemu-img is not that of the volume"
import json
volume = open("volume", "rb").read()
for part in json.load(open("stdout")):
    if part["data"]:
        continue
    begin, length = part["start"], part["length"]
    assert part["zero"] and not volume[begin:begin + length].strip(b"\0"), part
END
fi

it "a file system that a writer changes, in a copy that goes away"
cat >grow <<'END'
nbdcopy "$uri" writable
debugfs -w -R "write files/large second" writable >/dev/null 2>&1
nbdcopy writable "$uri"
nbdcopy "$uri" changed
END
serve 1 --size 32m --cow -- . ./grow
fsck.ext4 -fn changed >fsck.log 2>&1 || fail "$(cat fsck.log)"
succeeds debugfs -R "cat second" changed
expect_same files/large stdout
expect_unchanged metadata data

it "the same from damaged metadata"
thin_scan metadata |
  sed -n 's/.*type="btree_leaf" location\(_begin\)*="\([0-9]*\)".*value_size="24".*/\2/p' >details
cp metadata damaged
damage_block damaged "$(cat details)"
metadata=damaged
serve 1 --size 32m --repair -- nbdcopy '"$uri"' copied
expect_same volume copied
expect_files copied
metadata=metadata
