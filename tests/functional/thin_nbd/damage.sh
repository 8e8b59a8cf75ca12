# Volumes of damaged pools: what is read is true, or it is an error.
. "$TESTS_DIR/functional/thin_nbd/served"
need_nbd
block=65536

# A volume of 1500 blocks in many leaves, each block with a text of its own.
python3 - <<'END'
import random
dice = random.Random(5)
with open("truth", "wb") as file:
    file.truncate(2500 * 65536)
    for number in sorted(dice.sample(range(2500), 1500)):
        file.seek(number * 65536)
        file.write(b"virtual block %d\n" % number)
END
"$TESTS_DIR/functional/thin_nbd/lay-out" truth data pool.xml
truncate -s 4M metadata
thin_restore -q -i pool.xml -o metadata
thin_scan metadata >scan
location() { # TYPE VALUE-SIZE NUMBER: the block of that number in a list of its kind
  sed -n "s/.*type=\"$1\" location\(_begin\)*=\"\([0-9]*\)\".*value_size=\"$2\".*/\2/p" scan |
    sed -n "$3p"
}
remember metadata data

# read_volume OPTION...: reads all blocks of device 1 into `volume`, the numbers of those that
# fail into `failed`.
read_volume() {
  serve 1 --size 160000k "$@" -- \
    "'$TESTS_DIR/functional/thin_nbd/read-blocks'" '"$unixsocket"' 1 $block volume
  cp stdout failed
}
# What was read is the truth.
expect_truth() {
  python3 - "$@" <<'END' || fail "what was read is not true"
import sys
failed = {int(line.split()[0]) for line in open("failed")}
errors = {line.split()[1] for line in open("failed")}
assert errors <= {"5"}, errors
least, most = int(sys.argv[1]), int(sys.argv[2])
with open("truth", "rb") as truth, open("volume", "rb") as volume:
    for number in range(2500):
        want, have = truth.read(65536), volume.read(65536)
        assert number in failed or want == have, f"block {number}"
assert least <= len(failed) <= most, len(failed)
END
}

it "undamaged, everything is there"
read_volume
expect_truth 0 0
expect_no_stderr
read_volume --repair
expect_truth 0 0

it "damage is refused unless a repair is asked for"
cp metadata damaged
metadata=damaged
leaf=$(location btree_leaf 8 1)
damage_block damaged $((leaf + 2))
refuse 1 -- true
expect_stderr_has "mapping tree of device 1, block $((leaf + 2)): bad checksum"
expect_stderr_has "(--repair)"

it "a lost leaf: reads there fail, all others are true"
read_volume --repair
expect_truth 200 500
expect_stderr_match "^device 1: what was mapped in virtual blocks [0-9]+ to [0-9]+ is lost and fails to be read: .*bad checksum"
cp failed lost
serve 1 --size 160000k --repair -- nbdinfo --map '$uri'
cp stdout map
python3 - <<'END' || fail "the map has a hole where something is lost"
lost = {int(line.split()[0]) for line in open("lost")}
for line in open("map"):
    begin, length, _, kind = line.split()
    if kind != "data":
        first, last = int(begin) // 65536, (int(begin) + int(length)) // 65536
        assert not lost & set(range(first, last)), line
END

it "with --lost zeroes they are zeroes"
serve 1 --size 160000k --repair --lost zeroes -- nbdcopy '"$uri"' copied
expect_stderr_match "is lost and reads as zeroes"
cp truth expected-volume
truncate -s 163840000 expected-volume
while read -r number rest; do
  dd if=/dev/zero of=expected-volume bs=$block seek="$number" count=1 conv=notrunc status=none
done <lost
expect_same expected-volume copied

it "a copy that meets what is lost fails"
refuse 1 --repair -- nbdcopy --synchronous '"$uri"' copied
expect_stderr_has "is lost"

it "a lost node above leaves is found again"
cp metadata damaged
damage_block damaged "$(location btree_internal 8 1)"
read_volume --repair
expect_truth 0 500

it "the list of devices is lost: top level tree, details"
cp metadata damaged
details=$(location btree_leaf 24 1)
damage_block damaged $((details - 1))
read_volume --repair
expect_truth 0 500
cp metadata damaged
damage_block damaged "$details"
refuse 1 -- true
read_volume --repair
expect_truth 0 0
expect_stderr_has "device 1"

it "the superblock is lost"
cp metadata damaged
dd if=/dev/zero of=damaged bs=4096 count=1 conv=notrunc status=none
refuse 1 -- true
refuse 1 --repair -- true
expect_stderr_has "data block size"
read_volume --repair --data-block-size 128
expect_truth 0 0

it "space maps are lost"
cp metadata damaged
for n in 1 2; do
  damage_block damaged "$(sed -n 's/.*type="bitmap_block" location="\([0-9]*\)".*/\1/p' scan | sed -n ${n}p)"
done
read_volume
expect_truth 0 0
read_volume --repair
expect_truth 0 0
expect_stderr_has "not proven"

it "one bit is wrong"
cp metadata damaged
poke damaged $(((leaf + 1) * 4096 + 2000)) '\111'
read_volume --repair
expect_truth 0 0

it "nothing was written"
metadata=metadata
expect_unchanged metadata data
