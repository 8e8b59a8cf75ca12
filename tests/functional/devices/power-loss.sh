# Whatever a loss of power leaves of what whole commands wrote to disks with volatile caches: inputs
# are as they were, outputs refused or whole, and a shrink that is run again gets to its end.
[ -n "${POWER_RECORDER:-}" ] && [ -n "${FAULTS:-}" ] ||
  skip "sanitizers are first in line where something is preloaded"
command -v python3 >/dev/null || skip "python3 makes the states"
export POWER_RECORDER

other_checks= # those of the peers that are installed
for each in /usr/sbin/thin_check; do
  [ ! -x $each ] || [ "$(readlink -f $each)" = "$(readlink -f "$(command -v thin_check)")" ] ||
    other_checks="$other_checks --other-check $each"
done
# after_loss OPTION... JUDGE OUTPUT -- COMMAND...
after_loss() {
  succeeds python3 -B "$TESTS_DIR/functional/devices/power_loss.py" $other_checks "$@"
  echo "$title: $(cat stdout)" >>counts
}
# The same without syncs: of the states that there are then, one must be found to be wrong.
found_without_syncs() { # WHAT OPTION... JUDGE OUTPUT -- COMMAND...
  what=$1
  shift
  fails python3 -B "$TESTS_DIR/functional/devices/power_loss.py" --no-syncs $other_checks "$@"
  expect_stderr_has "$what"
}

kernel_image snapshots pool.metadata
succeeds thin_dump -o pool.xml pool.metadata
kernel_image mixed-1 old.metadata
cat >small.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="24">
  <device dev_id="1" mapped_blocks="9" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="13" length="3" time="0"/>
    <range_mapping origin_begin="20" data_begin="22" length="2" time="1"/>
  </device>
  <device dev_id="2" mapped_blocks="8" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="13" length="3" time="0"/>
    <single_mapping origin_block="9" data_block="18" time="1"/>
  </device>
</superblock>
END
truncate -s 256K small.metadata
succeeds thin_restore -q -i small.xml -o small.metadata
for block in $(seq 0 23); do yes "block $block" | head -c 65536; done >data

fresh() { # FILE...: the folder with these files, and an empty one for outputs
  rm -rf disk
  mkdir -p disk/out
  [ $# -eq 0 ] || cp "$@" disk
}

it "thin_check repairs leaks of metadata and data, some of them in the counts above two"
cat >leaky.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="70000">
  <device dev_id="1" mapped_blocks="8" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="8" time="0"/>
  </device>
  <device dev_id="2" mapped_blocks="8" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="1" data_begin="0" length="8" time="0"/>
  </device>
  <device dev_id="3" mapped_blocks="8" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="2" data_begin="0" length="8" time="0"/>
  </device>
  <device dev_id="4" mapped_blocks="1011" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="3" data_begin="0" length="8" time="0"/>
    <range_mapping origin_begin="20" data_begin="20000" length="1000" time="0"/>
    <range_mapping origin_begin="9000" data_begin="40000" length="2" time="0"/>
    <single_mapping origin_block="9005" data_block="69999" time="0"/>
  </device>
</superblock>
END
truncate -s 256K leaky.metadata
succeeds thin_restore -q -i leaky.xml -o leaky.metadata
# The last device goes away, and what it had stays counted.
for root in 320 328; do
  succeeds thin_generate_damage -o leaky.metadata --field nr_entries --value 3 \
    --block "$(od -A n -t u8 -j $root -N 8 leaky.metadata | tr -d ' ')"
done
fails thin_check leaky.metadata
expect_stderr_has "1011 data blocks have leaked"
fresh leaky.metadata
after_loss repaired disk/leaky.metadata -- thin_check -q --auto-repair disk/leaky.metadata
succeeds thin_generate_metadata --set-needs-check -o leaky.metadata
fresh leaky.metadata
after_loss repaired disk/leaky.metadata -- thin_check -q --auto-repair disk/leaky.metadata
fresh leaky.metadata
after_loss repaired disk/leaky.metadata -- \
  thin_check -q --clear-needs-check-flag disk/leaky.metadata

fresh leaky.metadata
found_without_syncs "neither the old leaks nor none" repaired disk/leaky.metadata -- \
  thin_check -q --auto-repair disk/leaky.metadata

it "thin_check clears the flag"
fresh small.metadata
succeeds thin_generate_metadata --set-needs-check -o disk/small.metadata
after_loss repaired disk/small.metadata -- \
  thin_check -q --clear-needs-check-flag disk/small.metadata

it "new metadata in a file"
fresh pool.xml pool.metadata
cp old.metadata disk/out/result
after_loss whole disk/out/result -- thin_restore -q -i disk/pool.xml -o disk/out/result
cp old.metadata disk/out/result
after_loss whole disk/out/result -- thin_repair -q -i disk/pool.metadata -o disk/out/result
cp old.metadata disk/out/result
found_without_syncs "a superblock, and checked" whole disk/out/result -- \
  thin_restore -q -i disk/pool.xml -o disk/out/result

it "a shrink from text to text"
fresh small.xml data
after_loss --text --seen old,new,"resumed with a journal" --data disk/data --input disk/small.xml \
  --journal disk/out/result.journal shrunk disk/out/result -- \
  thin_shrink -q -i disk/small.xml -o disk/out/result --data disk/data --nr-blocks 14
fresh small.xml data
found_without_syncs "other contents by the new metadata" --text --data disk/data --input disk/small.xml \
  --journal disk/out/result.journal shrunk disk/out/result -- \
  thin_shrink -q -i disk/small.xml -o disk/out/result --data disk/data --nr-blocks 14

it "a shrink from file to file"
fresh small.metadata data
truncate -s 256K disk/out/result
after_loss --seen old,new,"resumed with a journal" --data disk/data --input disk/small.metadata \
  --journal disk/out/journal shrunk disk/out/result -- \
  thin_shrink -q --binary -i disk/small.metadata -o disk/out/result --data disk/data \
  --journal disk/out/journal --nr-blocks 14

it "a shrink that goes on with the journal of one that was interrupted, and is interrupted again"
# So much data is moved between two records that this pool has one: that of a pool which lacks the
# later moves becomes the first of two.
sed -e '/origin_begin="20"/d; /single_mapping/d; s/mapped_blocks="[0-9]*"/mapped_blocks="7"/' \
  small.xml >first.xml
interrupted_shrink() { # XML: leaves disk/data and disk/out/result.journal
  fresh data
  cp "$1" disk/small.xml
  fails env LD_PRELOAD="$FAULTS" FAULT_CALL=rename FAULT_AT=2 \
    thin_shrink -q -i disk/small.xml -o disk/out/result --data disk/data --nr-blocks 14
}
interrupted_shrink small.xml
head -n 2 disk/out/result.journal >journal
interrupted_shrink first.xml
sed -n 3p disk/out/result.journal >>journal
grep -q '^0 2 ' journal || fail "no record of the first two blocks: $(cat journal)"
cp journal disk/out/result.journal
cp small.xml disk
after_loss --text --seen old,new,"resumed with a journal" --data disk/data --input disk/small.xml \
  --journal disk/out/result.journal shrunk disk/out/result -- \
  thin_shrink -q -i disk/small.xml -o disk/out/result --data disk/data --nr-blocks 14
grep -aq '^1 3 ' log || fail "there was no second record"

it "devices"
[ "$(id -u)" -eq 0 ] && command -v losetup >/dev/null && [ -e /dev/loop-control ] ||
  skip "loop devices need root"
truncate -s 8M disk.image
device=$(losetup -f --show disk.image 2>losetup.log) || skip "no loop device: $(cat losetup.log)"
trap 'losetup -d $device' EXIT
on_device() { # OLD FILE...: what the device holds, and the folder
  old=$1
  shift
  fresh "$@"
  head -c 8M /dev/zero | dd of="$device" bs=1M conv=fsync status=none
  dd if="$old" of="$device" bs=1M conv=fsync status=none
}
on_device old.metadata pool.xml
after_loss --device "$device" --seen old,new,refused whole "$device" -- \
  thin_restore -q -i disk/pool.xml -o "$device"
on_device old.metadata pool.metadata
after_loss --device "$device" --seen old,new,refused whole "$device" -- \
  thin_repair -q -i disk/pool.metadata -o "$device"
on_device old.metadata small.metadata data
after_loss --device "$device" --seen old,new,refused,"resumed with a journal" --data disk/data \
  --input disk/small.metadata --journal disk/out/journal shrunk "$device" -- \
  thin_shrink -q --binary -i disk/small.metadata -o "$device" --data disk/data \
  --journal disk/out/journal --nr-blocks 14
cat counts
