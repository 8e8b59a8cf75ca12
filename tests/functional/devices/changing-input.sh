# An input that changes between two reads of it: what comes out is of one state, or it is refused.
[ -n "${FAULTS:-}" ] || skip "sanitizers are first in line where something is preloaded"

# Two states of a pool: in the second a block is free that the first maps, and the other way round.
state() { # DATA-BEGIN FILE
  truncate -s 1M "$2.metadata"
  cat >"$2.xml" <<END
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="10" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="$1" length="6" time="0"/>
  </device>
</superblock>
END
  succeeds thin_restore -q -i "$2.xml" -o "$2.metadata"
}
state 20 first
state 40 second
cp second.metadata same-superblock.metadata
dd if=first.metadata of=same-superblock.metadata bs=4096 count=1 conv=notrunc status=none
for block in $(seq 0 63); do yes "block $block" | head -c 65536; done >data
head -c 65536 data >block

# one_state FILE COMMAND...: from each n-th read of first.metadata on FILE is read instead. The
# result is that of one of the states, or the command fails.
one_state() {
  other=$1
  shift
  for from in first second; do
    prepare
    succeeds "$@" -- $from.metadata
    mv result result.$from
  done
  for at in $(seq 1 40); do
    prepare
    run env LD_PRELOAD="$FAULTS" FAULT_FILE=first.metadata FAULT_HOW="$other" FAULT_AT="$at" \
      "$@" -- first.metadata
    [ "$status" -eq 0 ] || continue
    cmp -s result result.first || cmp -s result result.second ||
      fail "from read $at on another state was read: status 0, and a result of neither"
  done
}
prepare() { rm -f result; }
for other in second.metadata same-superblock.metadata; do
  it "text ($other)"
  one_state $other thin_dump -o result
  one_state $other thin_dump --defs -o result
  one_state $other thin_dump --repair -o result
done

# one_discard FILE: likewise for what thin_trim leaves of the data.
one_discard() {
  for from in first second; do
    cp data trimmed.$from
    succeeds thin_trim -q --metadata-dev $from.metadata --data-dev trimmed.$from
  done
  for at in $(seq 1 60); do
    cp data trimmed
    run env LD_PRELOAD="$FAULTS" FAULT_FILE=first.metadata FAULT_HOW="$1" FAULT_AT="$at" \
      thin_trim -q --metadata-dev first.metadata --data-dev trimmed
    if [ "$status" -eq 0 ]; then
      cmp -s trimmed trimmed.first || cmp -s trimmed trimmed.second ||
        fail "from read $at on another state was read, and blocks of it discarded"
    else
      cmp -s trimmed data || fail "read $at: it failed, and discarded"
    fi
  done
}
it "what is discarded was checked"
one_discard second.metadata
one_discard same-superblock.metadata

it "what is put aside of the input is what is read again"
awk 'BEGIN {
  print "<superblock uuid=\"\" time=\"0\" transaction=\"0\" flags=\"0\" version=\"2\" data_block_size=\"128\" nr_data_blocks=\"4000000\">"
  print "<device dev_id=\"0\" mapped_blocks=\"400000\" transaction=\"0\" creation_time=\"0\" snap_time=\"0\">"
  for (i = 0; i < 400000; i++)
    printf "<single_mapping origin_block=\"%d\" data_block=\"%d\" time=\"0\"/>\n", i * 3, (i * 7919) % 3999971
  print "</device></superblock>"
}' >large.xml
truncate -s 32M large.metadata
succeeds thin_restore -q -i large.xml -o large.metadata
for at in 1 2 5 8; do
  truncate -s 0 result
  truncate -s 32M result
  cp --sparse=always result result.before
  fails env LD_PRELOAD="$FAULTS" FAULT_FILE=nameless FAULT_HOW=flip FAULT_AT=$at FAULT_COUNT=1 \
    thin_restore -q -i large.xml -o result
  expect_stderr_has "does not hold what was written to it"
  expect_same result result.before
done
