# Metadata that a replay with snapshots left is activated by the kernel, which
# sees the same devices in it as the simulator.
# needs: thin_sim
. "$HERE/lib.sh"

rm -f ./*.scenario
make_devices kernel
thin_sim replay -q --pool-size 2g --metadata-size 8m --thin 0=1g --snapshot-every 1s --keep 4 \
  --save-metadata kernel.metadata "$HERE/../functional/traces/ext4-fio.blktrace.0.gz" ||
  fail "the replay ended with status $?"
thin_check -q kernel.metadata || fail "thin_check refuses what the replay left"

name_devices 1
{
  echo "dmsetup create pool --table \"0 4194304 thin-pool $metadata $data 128 0\""
  echo "dmsetup status pool"
  thin_ls --no-headers -o DEV kernel.metadata | while read -r id; do
    echo "dmsetup create thin --table \"0 2097152 thin /dev/mapper/pool $id\""
    echo "dmsetup status thin"
    echo "io /dev/mapper/thin read 0 2097152"
    echo "io /dev/mapper/thin write 1048576 128 $id sync"
    echo "dmsetup remove thin"
  done
  echo "dmsetup remove pool"
} >activate.scenario
[ "$(grep -c 'dmsetup status thin' activate.scenario)" -eq 5 ] || fail "there are no five devices"
cp kernel.metadata sim.metadata
cp --sparse=always kernel.data sim.data
cp --sparse=always kernel.origin sim.origin
echo 'echo "== 1"; sh /activate.scenario' >all
boot all kernel.metadata kernel.data kernel.origin
section 1 >kernel.out
simulate sim activate.scenario sim.out
same_output kernel.out sim.out
same_bytes kernel.metadata sim.metadata
rm -f ./*.data ./*.origin
