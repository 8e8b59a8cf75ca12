# A write, a sync, a rename or a discard that fails, whichever it is, never ends with status 0;
# what was under an output's name stays, nothing is left beside it, and what is said of the
# output is so. And what ends with status 0 is durable.
[ -n "${FAULTS:-}" ] || skip "sanitizers are first in line where something is preloaded"

kernel_image snapshots pool.metadata
succeeds thin_dump -o pool.xml pool.metadata
succeeds thin_metadata_pack -i pool.metadata -o pool.pack
succeeds thin_ll_dump -o nodes.xml pool.metadata
cat >small.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="14" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="6" time="0"/>
    <range_mapping origin_begin="20" data_begin="60" length="4" time="1"/>
  </device>
  <device dev_id="2" mapped_blocks="4" transaction="0" creation_time="1" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
  </device>
</superblock>
END
truncate -s 1M small.metadata
succeeds thin_restore -i small.xml -o small.metadata
for block in $(seq 0 63); do yes "block $block" | head -c 65536; done >data
succeeds thin_send -q --dev 1 -o stream small.metadata data
succeeds thin_send -q --dev 1 --base 2 -o changes small.metadata data
succeeds thin_extract -q --metadata-dev small.metadata --data-dev data --dev-id 1 -o volume
succeeds thin_extract -q --metadata-dev small.metadata --data-dev data --dev-id 2 -o base
cp pool.metadata leaks.metadata
succeeds thin_generate_damage --create-metadata-leaks --nr-blocks 4 --expected 0 --actual 1 \
  -o leaks.metadata
succeeds thin_generate_metadata --set-needs-check -o leaks.metadata
fails thin_check leaks.metadata
mkdir out

# said_so FILE BEFORE: what standard error says of an output is true.
said_so() {
  cmp -s -n 4096 "$1" "$2" && superblock=kept || superblock=changed
  if grep -qF -e "its superblock is as it was before" stderr; then
    [ $superblock = kept ] || fail "the superblock is another"
  fi
  if grep -qF -e "its old superblock was erased" stderr; then
    [ $superblock = changed ] || fail "the superblock was not erased"
    cp "$1" looked-at
    ! thin_check -q --super-block-only looked-at || fail "there is a superblock"
  fi
  if grep -qF -e "it has a new superblock" stderr; then
    [ $superblock = changed ] || fail "there is no new superblock"
    cp "$1" looked-at
    thin_check -q --super-block-only looked-at || fail "there is no new superblock"
  fi
  if grep -qE -e "it is as it was before|nothing was changed" stderr; then
    cmp -s "$1" "$2" || fail "it was changed"
  fi
}

# each_fault CALL HOW FILES COMMAND...: lets the calls of one kind fail, each of them and all
# from it on, until there is none left, and looks at what came of it.
each_fault() {
  call=$1 how=$2 files=$3
  shift 3
  for count in 1 0; do
    places="1 2 3 5 9 20 60"
    [ $count -ne 0 ] || places="1 4"
    for at in $places; do
      prepare
      rm -f failed
      run env LD_PRELOAD="$FAULTS" FAULT_FILE="$files" FAULT_CALL="$call" FAULT_HOW="$how" \
        FAULT_AT="$at" FAULT_COUNT="$count" FAULT_MARK="$PWD/failed" "$@"
      command_line="$* ($call $at, $how, count $count, of $files)"
      if [ ! -e failed ]; then
        [ $status -eq 0 ] || fail "it failed without a fault"
        break
      fi
      case $how in
        short) expect_status 0 ;;
        *) [ $status -eq 1 ] || $may_go_on || fail "a fault was passed over" ;;
      esac
      if [ $status -eq 0 ]; then
        expect_whole
      else
        [ -s stderr ] || fail "nothing was said"
        expect_kept "$call" "$files"
      fi
    done
  done
}
may_go_on=false

# every_fault COMMAND...: which writes to out/.
every_fault() {
  prepare
  rm -f audit
  succeeds env LD_PRELOAD="$FAULTS" FAULT_AUDIT="$PWD/audit" "$@"
  [ ! -s audit ] || fail "not durable: $(cat audit)"
  keep_whole
  each_fault write EIO outputs "$@"
  each_fault write ENOSPC outputs "$@"
  each_fault write short outputs "$@"
  each_fault sync EIO outputs "$@"
  each_fault sync EIO folders "$@"
  each_fault rename EIO outputs "$@"
}

# A result that replaces what was there.
prepare() {
  rm -f out/*
  printf 'as it was' >out/result
}
keep_whole() { mv out/result whole; }
expect_whole() { expect_same whole out/result && only_result; }
only_result() { [ "$(ls out)" = result ] || fail "there is more than the output: $(ls out)"; }
expect_kept() { # CALL FILES
  if [ "$2" = folders ]; then
    # It has taken its place, and a loss of power may take it back.
    expect_same whole out/result
    expect_stderr_has "a loss of power may undo it"
  else
    [ "$(cat out/result)" = 'as it was' ] || fail "the output was changed"
  fi
  only_result
}

it "text and packs"
every_fault thin_dump -o out/result pool.metadata
every_fault thin_dump --repair -o out/result pool.metadata
every_fault thin_ll_dump -o out/result pool.metadata
every_fault thin_scan -o out/result pool.metadata
every_fault thin_report -o out/result pool.metadata
every_fault thin_metadata_pack -f -i pool.metadata -o out/result

it "files with holes"
every_fault thin_metadata_unpack -f -i pool.pack -o out/result
each_fault resize ENOSPC outputs thin_metadata_unpack -f -i pool.pack -o out/result
every_fault thin_extract -q --metadata-dev small.metadata --data-dev data --dev-id 1 -o out/result
every_fault thin_send -q --dev 1 -o out/result small.metadata data

it "a file that is new"
prepare() { rm -f out/*; }
expect_kept() {
  if [ "$2" = folders ]; then
    expect_same whole out/result
    expect_stderr_has "a loss of power may undo it"
    only_result
  else
    [ -z "$(ls out)" ] || fail "something was left: $(ls out)"
  fi
}
every_fault thin_dump -o out/result pool.metadata
every_fault thin_migrate -q --metadata-dev small.metadata --data-dev data --dev-id 1 \
  --dest-file out/result
each_fault resize ENOSPC outputs thin_migrate -q --metadata-dev small.metadata --data-dev data \
  --dev-id 1 --dest-file out/result

it "new metadata in a file"
truncate -s 4M old
succeeds thin_restore -q -i small.xml -o old
prepare() {
  rm -f out/*
  cp --sparse=always old out/result
}
expect_kept() {
  if [ "$2" = folders ]; then
    expect_same whole out/result
    expect_stderr_has "a loss of power may undo it"
  else
    expect_same old out/result
    expect_stderr_lacks "erased"
    said_so out/result old
  fi
  only_result
}
every_fault thin_restore -q -i pool.xml -o out/result
every_fault thin_repair -q -i pool.metadata -o out/result
every_fault thin_ll_restore -E pool.metadata -i nodes.xml -o out/result
every_fault thin_shrink -q --binary --no-copy -i small.metadata -o out/result --data data \
  --nr-blocks 40
each_fault resize ENOSPC outputs thin_restore -q -i pool.xml -o out/result

it "data that is moved: the old metadata stays true, and the run can be taken up again"
prepare() {
  rm -f out/* moved
  cp data moved
}
keep_whole() {
  cp moved whole.moved
  mv out/result whole
}
expect_whole() {
  expect_same whole out/result
  expect_same whole.moved moved
  only_result
}
expect_kept() {
  thin_extract -q --metadata-dev small.metadata --data-dev moved --dev-id 1 -o out/volume
  expect_same volume out/volume
  rm out/volume
  case $(ls out) in '' | result | result.journal | "result
result.journal") ;; *) fail "there is more than output and journal: $(ls out)" ;; esac
  $shrink
  expect_whole
}
shrink="thin_shrink -q -i small.xml --data moved --nr-blocks 40 -o out/result"
every_fault $shrink
prepare() {
  rm -f out/* moved
  cp data moved
  cp --sparse=always old out/result
}
shrink="thin_shrink -q --binary -i small.metadata --data moved --nr-blocks 40 -o out/result"
every_fault $shrink

it "a stream that is received: it can be sent again"
prepare() { rm -f out/*; }
keep_whole() { mv out/result whole; }
expect_whole() { expect_same whole out/result && only_result; }
expect_kept() {
  # All is there but for the proof that the state is gone for good.
  if [ ! -e out/result.thin-receive ] && cmp -s whole out/result; then
    expect_stderr_has "not needed any more, but a loss of power may bring it back"
  else
    $receive
  fi
  expect_whole
}
receive="thin_receive -q -i stream out/result"
every_fault $receive
receive="thin_receive -q -i changes out/result"
prepare() { rm -f out/* && cp base out/result; }
every_fault $receive
expect_same volume whole
may_go_on=true # where a hole cannot be made zeroes are written
each_fault resize EIO outputs $receive
may_go_on=false

it "a volume that is changed in place"
prepare() { cp base out/result; }
migrate="thin_migrate -q --metadata-dev small.metadata --data-dev data --dev-id 1 --delta-id 2
  --dest-dev out/result"
expect_kept() { said_so out/result base; }
every_fault $migrate
expect_same volume whole
migrate="thin_migrate -q --zero-dest --metadata-dev small.metadata --data-dev data --dev-id 1
  --dest-dev out/result"
every_fault $migrate
expect_same volume whole

it "counts and the flag put right in place: the old state, or the new one"
prepare() { cp leaks.metadata out/result; }
expect_kept() {
  thin_check out/result >state 2>&1 || grep -qxF "4 metadata blocks have leaked" state ||
    fail "neither the old state nor the new one: $(cat state)"
}
every_fault thin_check --auto-repair out/result
every_fault thin_check --clear-needs-check-flag out/result
every_fault thin_check --clear-needs-check-flag --skip-mappings out/result
may_go_on=true # at its end a pool commits once more what is durable, as the kernel's does
every_fault thin_generate_metadata --set-needs-check -o out/result
may_go_on=false
expect_kept() { :; }
every_fault thin_generate_damage --create-metadata-leaks --nr-blocks 4 --expected 0 --actual 1 \
  -o out/result

it "data that is discarded"
prepare() { cp data out/result; }
expect_kept() {
  thin_extract -q --metadata-dev small.metadata --data-dev out/result --dev-id 1 -o kept-volume
  expect_same volume kept-volume
}
every_fault thin_trim -q --metadata-dev small.metadata --data-dev out/result
each_fault resize EIO outputs thin_trim -q --metadata-dev small.metadata --data-dev out/result

it "devices"
[ "$(id -u)" -eq 0 ] && command -v losetup >/dev/null && [ -e /dev/loop-control ] ||
  skip "loop devices need root"
truncate -s 8M disk
device=$(losetup -f --show disk 2>losetup.log) || skip "no loop device: $(cat losetup.log)"
trap 'losetup -d $device' EXIT
prepare() { dd if=old of="$device" bs=1M conv=fsync status=none; }
keep_whole() { dd if="$device" of=whole bs=1M iflag=direct status=none; }
expect_whole() {
  dd if="$device" of=now bs=1M iflag=direct status=none
  expect_same whole now
}
expect_kept() {
  dd if="$device" of=now bs=1M iflag=direct status=none
  said_so now old
}
# Direct I/O has no short writes of a byte; there is nothing to rename.
every_device_fault() {
  prepare
  rm -f audit
  succeeds env LD_PRELOAD="$FAULTS" FAULT_AUDIT="$PWD/audit" "$@"
  [ ! -s audit ] || fail "not durable: $(cat audit)"
  keep_whole
  each_fault write EIO outputs "$@"
  each_fault sync EIO outputs "$@"
  each_fault resize EIO outputs "$@"
}
every_device_fault thin_restore -q -i pool.xml -o "$device"
every_device_fault thin_repair -q -i pool.metadata -o "$device"
every_device_fault thin_ll_restore -E pool.metadata -i nodes.xml -o "$device"
every_device_fault thin_shrink -q --binary --no-copy -i small.metadata -o "$device" --data data \
  --nr-blocks 40
every_device_fault thin_metadata_unpack -f -i pool.pack -o "$device"
every_device_fault thin_dump -o "$device" pool.metadata
every_device_fault thin_metadata_pack -f -i pool.metadata -o "$device"
every_device_fault thin_extract -q --metadata-dev small.metadata --data-dev data --dev-id 1 \
  -o "$device"
may_go_on=true # what cannot be discarded is written
every_device_fault thin_migrate -q --zero-dest --metadata-dev small.metadata --data-dev data \
  --dev-id 1 --dest-dev "$device"
