# A read that fails, whichever it is, never leads to status 0 with another result.
[ -n "${FAILING_READS:-}" ] || skip "sanitizers are first in line where something is preloaded"

kernel_image snapshots pool.metadata
head -c 33554432 /dev/zero >data
poke data 0 'contents'
succeeds thin_dump -o pool.xml pool.metadata
succeeds thin_metadata_pack -i pool.metadata -o pool.pack
succeeds thin_ll_dump -o nodes.xml pool.metadata

# same_or_failed FILE COMMAND...: runs the command, which writes `result` or to standard
# output, once whole and then with failing reads of FILE.
same_or_failed() {
  watched=$1
  shift
  rm -f result
  prepare_result
  succeeds "$@"
  mv stdout whole.stdout
  [ ! -e result ] || mv result whole.result
  for count in 1 0; do
    for at in 1 2 3 4 5 6 7 8 9 10 12 14 17 20 25 30 40 60; do
      rm -f result
      prepare_result
      run env LD_PRELOAD="$FAILING_READS" FAIL_FILE="$watched" FAIL_AT="$at" FAIL_COUNT="$count" \
        "$@"
      [ "$status" -eq 0 ] || continue
      cmp -s stdout whole.stdout || fail "read $at failed ($count), status 0, other output"
      [ ! -e whole.result ] || cmp -s result whole.result ||
        fail "read $at failed ($count), status 0, another result"
    done
  done
  rm -f whole.result whole.stdout result
}

prepare_result() { :; }
it "text"
same_or_failed pool.metadata thin_dump pool.metadata
same_or_failed pool.metadata thin_dump -o result pool.metadata
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
