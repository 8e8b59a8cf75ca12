# A device that was written to between snapshots, dumped without saying what they
# share: it is restored to no more blocks than it had.
command -v thin_sim >/dev/null || skip "thin_sim is not among these tools"

scenario() { # MAPPED SNAPSHOTS CHANGES LONGEST-STRETCH
  awk -v mapped="$1" -v snapshots="$2" -v changes="$3" -v longest="$4" '
    function random(below) { x = (x * 16807) % 2147483647; return x % below }
    function write(count, seed, longest,   from, length_left) {
      print "io /dev/mapper/thin0 - <<END"
      while (count > 0) {
        from = random(9000)
        for (length_left = 1 + random(longest); length_left > 0 && count > 0; length_left--) {
          print "write", from++ * 128, 128, seed, "sync"
          count--
        }
      }
      print "END"
    }
    BEGIN {
      x = 1
      print "dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null"
      print "dmsetup create pool --table \"0 20971520 thin-pool /dev/vda /dev/vdb 128 0 0\""
      print "dmsetup message /dev/mapper/pool 0 \"create_thin 0\""
      print "dmsetup create thin0 --table \"0 2000000 thin /dev/mapper/pool 0\""
      write(mapped, 1, 1)
      for (i = 1; i <= snapshots; i++) {
        print "dmsetup suspend thin0"
        print "dmsetup message /dev/mapper/pool 0 \"create_snap " i " 0\""
        print "dmsetup resume thin0"
        write(changes, i + 1, longest)
      }
      print "dmsetup remove thin0"
      print "dmsetup remove pool"
    }'
}

free_blocks() {
  succeeds thin_check "$1"
  free=$(sed -n 's/METADATA_FREE_BLOCKS=//p' stdout)
}

for shape in "6000 12 15 1" "6000 4 200 1" "4000 6 100 30"; do
  it "mappings, snapshots, changes, longest stretch: $shape"
  scenario $shape >scenario.sh
  rm -f pool restored
  succeeds thin_sim run --device /dev/vda=pool:2m --device /dev/vdb=mem:10g scenario.sh
  free_blocks pool
  free_before=$free
  succeeds thin_dump -o pool.xml pool
  truncate -s 2M restored
  succeeds thin_restore -i pool.xml -o restored
  free_blocks restored
  [ "$free" -ge "$free_before" ] || fail "$free blocks are free, not $free_before"
  succeeds thin_dump restored
  expect_same stdout pool.xml
done
