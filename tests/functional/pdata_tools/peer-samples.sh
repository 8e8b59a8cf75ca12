# The pools of the peers' own tests, where this machine has them: packs unpack to the
# same bytes, and what can be read is checked, dumped, listed and repaired.
samples=${THIN_PEER_SAMPLES:-$TESTS_DIR/../../shared/peer-samples}
[ -f "$samples/tmeta.pack" ] || skip "no samples in $samples (set THIN_PEER_SAMPLES)"

free_blocks() { thin_check "$1" 2>/dev/null | sed -n 's/METADATA_FREE_BLOCKS=//p'; }

for pack in "$samples"/*.pack; do
  name=$(basename "$pack" .pack)
  gzip -dc "$samples/$name.metadata.gz" >pool
  size=$(wc -c <pool)

  it "$name: unpacks to the same bytes, and packs again"
  rm -f unpacked again
  succeeds thin_metadata_unpack -i "$pack" -o unpacked
  expect_same pool unpacked
  succeeds thin_metadata_pack -f -i pool -o packed
  succeeds thin_metadata_unpack -i packed -o again
  expect_same pool again

  case $name in
    corrupted_tmeta_*)
      it "$name: only its metadata snapshot can be read"
      for call in "thin_check -q" thin_dump thin_ls; do fails $call pool; done
      succeeds thin_check -q -m pool
      succeeds thin_dump -m pool
      continue
      ;;
  esac

  it "$name: what is active is dumped, listed, and repaired to the same"
  succeeds thin_dump -o pool.xml pool
  succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS pool
  expect_no_stderr
  awk '{ print $1, $2 }' stdout >listed
  sed -n 's/.*<device dev_id="\([0-9]*\)" mapped_blocks="\([0-9]*\)".*/\1 \2/p' pool.xml >expected
  expect_same expected listed
  rm -f result
  truncate -s "$size" result
  succeeds thin_repair -q -i pool -o result
  # Of some of them it is not to be seen that one machine alone had them in use.
  grep -vE '^(not proven: the state from which the last run of commits began|Keep )' stderr >other || true
  expect_same /dev/null other
  succeeds thin_check -q result
  succeeds thin_dump result
  expect_same pool.xml stdout
  truncate -s "$size" restored
  succeeds thin_restore -q --no-share -i pool.xml -o restored
  succeeds thin_dump restored
  expect_same pool.xml stdout

  it "$name: restored it is not larger than it was"
  succeeds thin_restore -q -i pool.xml -o restored
  succeeds thin_dump restored
  expect_same pool.xml stdout
  free_before=$(free_blocks pool)
  free=$(free_blocks restored)
  [ "$free" -ge "$free_before" ] || fail "$free blocks are free, not $free_before"
done
