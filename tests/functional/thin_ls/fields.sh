# Columns, and their numbers held against the dump.
kernel_image mixed-0 pool
succeeds thin_dump pool
mv stdout pool.xml
# usage <XML: device, mapped, exclusive, shared, highest.
usage() {
  awk -F'"' '
    function put(t, d) { n[dev]++; high[dev] = t; if (!((dev, d) in mine)) { mine[dev, d] = 1; users[d]++ } }
    /<device / { dev = $2; order[++devices] = dev }
    /<single_mapping / { put($2 + 0, $4 + 0) }
    /<range_mapping / { for (i = 0; i < $6; i++) put($2 + i, $4 + i) }
    END {
      for (key in mine) { split(key, k, SUBSEP); if (users[k[2]] == 1) sole[k[1]]++ }
      for (i = 1; i <= devices; i++) {
        dev = order[i]
        print dev, n[dev] + 0, sole[dev] + 0, n[dev] - sole[dev], (dev in high) ? high[dev] : "-"
      }
    }'
}

it "the default needs no mapping"
succeeds thin_ls pool
expect_no_stderr
head -n 1 stdout | grep -qE "^ *DEV +MAPPED +CREATE_TIME +SNAP_TIME $" || fail "$(head -n 1 stdout)"
[ "$(wc -l <stdout)" -eq $(($(grep -c '<device' pool.xml) + 1)) ] || fail "not all devices"

for name in mixed-0 snapshots metadata-error shared-by-many many-devices fresh; do
  it "blocks of $name"
  kernel_image "$name" pool
  succeeds thin_dump pool
  usage <stdout >expected
  succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS,EXCLUSIVE_BLOCKS,SHARED_BLOCKS,HIGHEST_BLOCK pool
  expect_no_stderr
  tr -s ' ' <stdout | sed 's/^ //; s/ $//' >given
  expect_same expected given
done

it "units"
kernel_image snapshots pool
succeeds thin_ls --no-headers -o DEV,MAPPED_BLOCKS,MAPPED_SECTORS,MAPPED_BYTES,MAPPED,EXCLUSIVE,SHARED pool
expect_stdout_has '0 650 83200 42598400 41MiB 7424KiB 33MiB '
succeeds thin_ls --no-headers -o EXCLUSIVE_BYTES,EXCLUSIVE_SECTORS,SHARED_BYTES,SHARED_SECTORS pool
expect_stdout_has '7602176 14848 34996224 68352 '
kernel_image sequential pool
succeeds thin_ls --no-headers -o HIGHEST_BLOCK,HIGHEST_SECTOR,HIGHEST_BYTE,HIGHEST_MAPPED pool
expect_stdout '1499 191999 98303999 94MiB '

it "columns are as wide as their widest cell; fields may repeat"
kernel_image snapshots pool
succeeds thin_ls -o DEV,DEV,TRANSACTION, pool
head -n 2 stdout >given
printf 'DEV DEV TRANSACTION \n  0   0           0 \n' >expected
expect_same expected given

for list in WRONG dev DEV,MAPPED_FEET; do
  it "-o $list is refused"
  fails thin_ls -o $list pool
  expect_no_stdout
  expect_stderr_has 'unknown field'
done

it "an empty pool"
kernel_image fresh pool
succeeds thin_ls --no-headers pool
expect_no_stdout
expect_no_stderr
succeeds thin_ls pool
expect_stdout 'DEV MAPPED CREATE_TIME SNAP_TIME '

it "--json"
kernel_image snapshots pool
succeeds thin_ls --json -o DEV,EXCLUSIVE_BLOCKS,HIGHEST_BLOCK,MAPPED pool
expect_stdout_has '"complete": true'
expect_stdout_match '^    \{"dev": 0, "exclusive_blocks": 116, "highest_block": [0-9]+, "mapped": 42598400\},$'

it "a device without mappings has no highest block, in both forms"
kernel_image snapshots pool
succeeds thin_generate_metadata --create-thin 77 -o pool
succeeds thin_ls --no-headers -o DEV,HIGHEST_BLOCK,HIGHEST_SECTOR,HIGHEST_BYTE,HIGHEST_MAPPED,EXCLUSIVE_BLOCKS pool
expect_stdout_match '^77 +- +- +- +- +0 $'
succeeds thin_ls --json -o DEV,HIGHEST_BLOCK,HIGHEST_SECTOR,HIGHEST_BYTE,HIGHEST_MAPPED,EXCLUSIVE_BLOCKS pool
expect_stdout_has '{"dev": 77, "highest_block": null, "highest_sector": null, "highest_byte": null, "highest_mapped": null, "exclusive_blocks": 0}'
