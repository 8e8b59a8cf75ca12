# Pools of many layouts, shrunk as XML and as metadata: every virtual block finds
# the data that it had.
stamped=$TESTS_DIR/functional/thin_shrink/stamped_data

header() { # NR-DATA-BLOCKS
  echo "<superblock uuid=\"\" time=\"1\" transaction=\"3\" flags=\"0\" version=\"2\"" \
    "data_block_size=\"128\" nr_data_blocks=\"$1\">"
}
device() { # ID MAPPED; mappings on standard input
  echo "  <device dev_id=\"$1\" mapped_blocks=\"$2\" transaction=\"0\" creation_time=\"0\" snap_time=\"1\">"
  cat
  echo "  </device>"
}
range() { # ORIGIN DATA LENGTH
  echo "    <range_mapping origin_begin=\"$1\" data_begin=\"$2\" length=\"$3\" time=\"0\"/>"
}

shrinks() { # pool.xml NEW-SIZE BLOCKS-OF-THE-DATA-DEVICE
  truncate -s 8M metadata
  thin_restore -q -i "$1" -o metadata
  for form in xml binary; do
    rm -f data new.xml
    truncate -s $(($3 * 65536)) data
    "$stamped" write "$1" data
    if [ $form = xml ]; then
      succeeds thin_shrink -q -i "$1" -o new.xml --data data --nr-blocks "$2"
    else
      rm -f new
      truncate -s 8M new
      succeeds thin_shrink -q --binary -i metadata -o new --data data --nr-blocks "$2"
      succeeds thin_check -q new
      succeeds thin_dump -o new.xml new
    fi
    grep -q "nr_data_blocks=\"$2\"" new.xml || fail "the new size is not in the superblock"
    "$stamped" verify new.xml "$1" data >mapped 2>problem || fail "$form: $(cat problem)"
    highest=$(sed -n 's/.*data_begin="\([0-9]*\)" length="\([0-9]*\)".*/\1 \2/p
      s/.*data_block="\([0-9]*\)".*/\1 1/p' new.xml | awk '{ if ($1 + $2 > e) e = $1 + $2 } END { print e + 0 }')
    [ "$highest" -le "$2" ] || fail "$form: block $((highest - 1)) is still in use"
  done
}

it "an empty pool"
{ header 256; echo "</superblock>"; } >pool.xml
shrinks pool.xml 128 256

while read -r first size; do
  it "one volume of 256 blocks whose data begins at $first of $size"
  { header "$size"; range 0 "$first" 256 | device 1 256; echo "</superblock>"; } >pool.xml
  shrinks pool.xml 320 "$size"
done <<'END'
0 512
25 512
256 512
512 768
END

it "a pool that keeps its size keeps its mappings"
{ header 512; range 0 256 256 | device 1 256; echo "</superblock>"; } >pool.xml
shrinks pool.xml 512 512
expect_same pool.xml new.xml

it "more than fits"
{ header 512; range 0 0 512 | device 1 512; echo "</superblock>"; } >pool.xml
truncate -s 32M data
fails thin_shrink -i pool.xml -o new.xml --data data --nr-blocks 320
expect_one_line_error "Insufficient free space"

for run in 1 2 8 64; do
  it "512 blocks in runs of $run"
  {
    header 2048
    awk -v run=$run 'BEGIN {
      for (i = 0; i < 512; i += run)
        printf "    <range_mapping origin_begin=\"%d\" data_begin=\"%d\" length=\"%d\" time=\"0\"/>\n",
          i, 2 * ((i * 5) % 512) + run, run
    }' | device 1 512
    echo "</superblock>"
  } >pool.xml
  shrinks pool.xml 576 2048
done

it "a snapshot with the same mappings"
{ header 512; range 0 250 256 | device 1 256; range 0 250 256 | device 2 256
  echo "</superblock>"; } >pool.xml
shrinks pool.xml 275 512

it "several snapshots of a real pool, to the number of blocks in use"
kernel_image snapshots metadata
thin_dump -o pool.xml metadata
truncate -s 1G data
used=$(thin_trim --dry-run --metadata-dev metadata --data-dev data |
  sed -n 's/.*: \([0-9]*\) free data blocks of \([0-9]*\),.*/\1 \2/p' | awk '{print $2 - $1}')
[ "$used" -gt 1000 ] || fail "$used blocks in use"
shrinks pool.xml "$used" 16384
fails thin_shrink -i pool.xml -o new.xml --data data --nr-blocks $((used - 1))
