# The three tables, held against the dump and what the space map says.
field() { od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '; } # FILE OFFSET

for name in snapshots shared-by-many metadata-snapshot mixed-0; do
  kernel_image "$name" pool
  remember pool

  it "$name: as many blocks as the roots of the space maps say"
  succeeds thin_stat pool
  expect_no_stderr
  [ "$(head -n 1 stdout)" = "$(printf 'ref-count\ttimes\tpercentage')" ] || fail "header"
  expect_stdout_has "$(field pool 72) blocks allocated"
  succeeds thin_stat --op metadata_blocks pool
  expect_stdout_has "$(field pool 200) blocks allocated"
  expect_unchanged pool
done

it "data blocks by how often they are mapped"
kernel_image snapshots pool
thin_dump pool | awk -F'"' '
  /<single_mapping / { users[$4]++ }
  /<range_mapping / { for (i = 0; i < $6; i++) users[$4 + i]++ }
  END {
    for (b in users) { times[users[b]]++; sum += users[b]; n++ }
    for (c = 1; c < 1000; c++) if (c in times) printf "%d\t%d\t%.4f\n", c, times[c], 100 * times[c] / n
    printf "%d blocks allocated\navg ref count = %.2f\n", n, sum / n
  }' >mapped
# Leaves are shared here: a count is of leaves, not of devices.
succeeds thin_stat --op=data_blocks pool
tail -n 2 mapped | head -n 1 >expected
tail -n 2 stdout | head -n 1 >given
expect_same expected given

it "without shared leaves counts are those of the mappings"
thin_dump pool >pool.xml
zeroes apart 16777216
thin_restore -i pool.xml -o apart
succeeds thin_dump apart
succeeds thin_stat apart
expect_no_stderr
sed 1d stdout >given
expect_same mapped given

it "runs"
cat >runs.xml <<'END'
<superblock uuid="" time="1" transaction="0" data_block_size="128" nr_data_blocks="100">
  <device dev_id="1" mapped_blocks="7" transaction="0" creation_time="0" snap_time="0">
    <range_mapping origin_begin="0" data_begin="10" length="2" time="0"/>
    <single_mapping origin_block="2" data_block="12" time="1"/>
    <single_mapping origin_block="3" data_block="20" time="0"/>
    <range_mapping origin_begin="5" data_begin="21" length="3" time="0"/>
  </device>
</superblock>
END
thin_restore -q -i runs.xml -o apart
succeeds thin_stat --op data_run_len apart
expect_stdout "$(printf 'length\tcounts\tpercentage\n1\t1\t33.3333\n3\t2\t66.6667\n3 runs in 1 devices\navg run length = 2.33')"

it "a run goes on from leaf to leaf"
{ echo '<superblock uuid="" time="1" transaction="0" data_block_size="128" nr_data_blocks="4000">'
  echo '<device dev_id="1" mapped_blocks="1500" transaction="0" creation_time="0" snap_time="0">'
  echo '<range_mapping origin_begin="0" data_begin="10" length="700" time="0"/>'
  echo '<range_mapping origin_begin="700" data_begin="710" length="800" time="1"/>'
  echo '</device></superblock>'; } >runs.xml
thin_restore -q -i runs.xml -o apart
succeeds thin_stat --op data_run_len apart
expect_stdout "$(printf 'length\tcounts\tpercentage\n1500\t1\t100.0000\n1 runs in 1 devices\navg run length = 1500.00')"
succeeds thin_stat --json --op data_run_len apart
expect_stdout_has '{"number": 1500, "times": 1}'

it "how full the metadata is"
kernel_image metadata-full pool
succeeds thin_stat --op metadata_blocks pool
expect_stdout_match '^[0-9]+ of [0-9]+ metadata blocks are used, the kernel keeps [0-9]+ in reserve$'
expect_stderr_has "the metadata is full"
expect_stderr_has "extend the metadata device before the pool is used"
succeeds thin_ls --json pool
expect_stdout_has '"full": true'
expect_stderr_has "the metadata is full"
succeeds thin_ls apart
expect_no_stderr

it "nothing at all"
kernel_image fresh pool
succeeds thin_stat pool
expect_stdout "$(printf 'ref-count\ttimes\tpercentage\n0 blocks allocated\navg ref count = 0.00')"

it "wrong words, and damage"
fails thin_stat --op averages pool
expect_stderr_has "unknown value 'averages' of --op"
kernel_image snapshots pool
succeeds thin_stat pool
mv stdout whole
damage_block pool "$(thin_scan --entries --begin "$(field pool 80)" --end $(($(field pool 80) + 1)) pool |
  sed -n 's/.*index="0".*blocknr="\([0-9]*\)".*/\1/p' | head -n 1)"
fails thin_stat pool
expect_stderr_has 'bad checksum'
expect_different whole stdout
