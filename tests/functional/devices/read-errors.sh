# A read that fails, whichever it is, never leads to status 0 with another result.
[ -n "${FAULTS:-}" ] || skip "sanitizers are first in line where something is preloaded"

kernel_image snapshots pool.metadata
head -c 33554432 /dev/zero >data
poke data 0 'contents'
succeeds thin_dump -o pool.xml pool.metadata
succeeds thin_metadata_pack -i pool.metadata -o pool.pack
succeeds thin_ll_dump -o nodes.xml pool.metadata

# same_or_failed FILE COMMAND...: runs the command, which writes the files $results or to
# standard output, once whole and then with failing reads of FILE.
results=result
same_or_failed() {
  watched=$1
  shift
  rm -f $results
  prepare_result
  succeeds "$@"
  mv stdout whole.stdout
  for file in $results; do
    [ ! -e $file ] || mv $file $file.whole
  done
  for count in 1 0; do
    for at in 1 2 3 4 5 6 8 10 13 17 22 29 38 50 80 130 210 340 550 900; do
      rm -f $results failed
      prepare_result
      run env LD_PRELOAD="$FAULTS" FAULT_FILE="$watched" FAULT_AT="$at" FAULT_COUNT="$count" \
        FAULT_MARK="$PWD/failed" "$@"
      [ -e failed ] || break # there are not so many
      [ "$status" -eq 0 ] || continue
      cmp -s stdout whole.stdout || fail "read $at failed ($count), status 0, other output"
      for file in $results; do
        [ ! -e $file.whole ] || cmp -s $file $file.whole ||
          fail "read $at failed ($count), status 0, another $file"
      done
    done
  done
  for file in $results; do rm -f $file $file.whole; done
  rm -f whole.stdout
}

prepare_result() { :; }
it "text"
same_or_failed pool.metadata thin_dump pool.metadata
same_or_failed pool.metadata thin_dump -o result pool.metadata
same_or_failed pool.metadata thin_dump --repair pool.metadata
same_or_failed pool.metadata thin_dump --repair -q -o result pool.metadata
same_or_failed pool.metadata thin_dump --defs pool.metadata
same_or_failed pool.metadata thin_ls -o DEV,MAPPED,EXCLUSIVE,SHARED,HIGHEST_MAPPED pool.metadata
same_or_failed pool.metadata thin_rmap --region 0..512 pool.metadata
same_or_failed pool.metadata thin_delta --thin1 1 --thin2 2 pool.metadata
same_or_failed pool.metadata thin_stat --op data_run_len pool.metadata
same_or_failed pool.metadata thin_stat --op data_blocks pool.metadata
same_or_failed pool.metadata thin_stat --op metadata_blocks pool.metadata
same_or_failed pool.metadata thin_ll_dump -o result pool.metadata
same_or_failed pool.metadata thin_check pool.metadata
same_or_failed pool.metadata thin_metadata_size --format pool.metadata

it "packing"
same_or_failed pool.metadata thin_metadata_pack -f -i pool.metadata -o result
same_or_failed pool.pack thin_metadata_unpack -f -i pool.pack -o result

it "new metadata"
prepare_result() { truncate -s 4M result; }
same_or_failed pool.xml thin_restore -i pool.xml -o result
same_or_failed pool.metadata thin_ll_restore -E pool.metadata -i nodes.xml -o result
same_or_failed nodes.xml thin_ll_restore -E pool.metadata -i nodes.xml -o result
same_or_failed pool.metadata thin_repair -q -i pool.metadata -o result

it "what is copied, moved and discarded"
cat >small.xml <<'END'
<superblock uuid="" time="1" transaction="7" flags="0" version="2" data_block_size="128" nr_data_blocks="64">
  <device dev_id="1" mapped_blocks="14" transaction="0" creation_time="0" snap_time="1">
    <range_mapping origin_begin="0" data_begin="0" length="4" time="0"/>
    <range_mapping origin_begin="4" data_begin="38" length="6" time="0"/>
    <range_mapping origin_begin="20" data_begin="60" length="4" time="1"/>
  </device>
</superblock>
END
truncate -s 1M small.metadata
succeeds thin_restore -i small.xml -o small.metadata
for block in $(seq 0 63); do yes "block $block" | head -c 65536; done >data
prepare_result() { :; }
same_or_failed small.metadata thin_extract --metadata-dev small.metadata --data-dev data --dev-id 1 -o result
same_or_failed data thin_extract --metadata-dev small.metadata --data-dev data --dev-id 1 -o result
same_or_failed pool.metadata thin_scan pool.metadata
same_or_failed small.metadata thin_send --dev 1 -o result small.metadata data
same_or_failed data thin_send --dev 1 -o result small.metadata data
succeeds thin_send --dev 1 -o stream small.metadata data
prepare_result() { rm -f result.*; }
same_or_failed stream thin_receive -i stream result
same_or_failed data thin_migrate --metadata-dev small.metadata --data-dev data --dev-id 1 --dest-file result
prepare_result() { :; }
same_or_failed pool.metadata thin_report --json pool.metadata
results='result moved'
prepare_result() { rm -f journal && cp data moved; }
same_or_failed small.xml thin_shrink -i small.xml --data moved --nr-blocks 40 --journal journal -o result
same_or_failed moved thin_shrink -i small.xml --data moved --nr-blocks 40 --journal journal -o result
results=moved
prepare_result() { cp data moved; }
same_or_failed small.metadata thin_trim --metadata-dev small.metadata --data-dev moved
