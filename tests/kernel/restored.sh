# Metadata that went through thin_dump and thin_restore is activated by the
# kernel, and every thin device reads as it did before.
# needs: thin_restore
. "$HERE/lib.sh"
choose_seed

rm -f ./*.scenario
generate-scenario --seed "$seed" first.scenario
make_devices kernel
boot first.scenario kernel.metadata kernel.data kernel.origin

thin_dump -o pool.xml kernel.metadata || fail "thin_dump ended with status $?"
truncate -s 8M restored.metadata
thin_restore -q -i pool.xml -o restored.metadata || fail "thin_restore ended with status $?"
thin_check -q restored.metadata || fail "thin_check refuses what was restored"

# Reads whatever is mapped, from the pool on the metadata device $1.
awk -F'"' '
  function attribute(name,   i) {
    for (i = 1; i < NF; i += 2) if ($i ~ "[ <]" name "=$") return $(i + 1)
  }
  function finish() {
    if (device == "") return
    printf "dmsetup create thin --table \"0 %d thin /dev/mapper/pool %s\"\n", end * block, device
    printf "echo device %s\nio /dev/mapper/thin - <<REQUESTS\n%sREQUESTS\ndmsetup remove thin\n", \
      device, requests
  }
  function add(begin, length_) {
    requests = requests sprintf("read %d %d\n", begin * block, length_ * block)
    end = begin + length_
  }
  /<superblock/ {
    block = attribute("data_block_size")
    printf "dmsetup create pool --table \"0 %d thin-pool $1 /dev/vdb %d 0 1 read_only\"\n", \
      attribute("nr_data_blocks") * block, block
  }
  /<device / { finish(); device = attribute("dev_id"); requests = ""; end = 1 }
  /<range_mapping/ { add(attribute("origin_begin"), attribute("length")) }
  /<single_mapping/ { add(attribute("origin_block"), 1) }
  END { finish(); print "dmsetup remove pool" }
' pool.xml >activate.scenario
cat >both <<'END'
for metadata in /dev/vda /dev/vdc; do
  echo "== $metadata"
  sh /activate.scenario $metadata
done
END
boot both kernel.metadata kernel.data restored.metadata
section /dev/vda >before.out
section /dev/vdc >after.out
grep -q 'seed=' before.out || fail "the pool holds no data"
same_output before.out after.out
rm -f ./*.data ./*.origin
