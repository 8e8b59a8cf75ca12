# Damage by field name, wrong roots and wrong counts, as the other tools see them.
damage() { succeeds thin_generate_damage -o pool "$@"; expect_no_stdout; expect_no_stderr; }
field() { od -A n -t u8 -j "$2" -N 8 "$1" | tr -d ' '; } # FILE OFFSET

it "a field of the superblock, resealed"
kernel_image snapshots pool
damage --block 0 --field trans_id --value 4711
succeeds thin_check pool
expect_stdout_has 'TRANSACTION_ID=4711'

it "several fields of a node"
root=$(field pool 320)
damage --block "$root" --field max_entries --value 251 --field padding --value 7
succeeds thin_scan --fields --begin "$root" --end $((root + 1)) pool
expect_stdout_has '<field name="max_entries" value="251"/>'
expect_stdout_has '<field name="padding" value="7"/>'
expect_stdout_has 'is_valid="1"'

it "a block that says it belongs elsewhere"
damage --block "$root" --field blocknr --value 9
fails thin_check pool
expect_stderr_has 'block says that it belongs at 9'

it "a wrong checksum, both ways"
kernel_image snapshots pool
damage --block "$root" --field csum --value 1
fails thin_check pool
expect_stderr_has 'bad checksum'
kernel_image snapshots pool
damage --block "$root" --field padding --value 1 --no-reseal
fails thin_check pool
expect_stderr_has 'bad checksum'

it "roots of the superblock"
kernel_image snapshots pool
damage --override --mapping-root 11 --details-root 12 --metadata-snap 13
for at in '320 11' '328 12' '56 13'; do
  [ "$(field pool "${at% *}")" -eq "${at#* }" ] || fail "offset and value $at"
done
fails thin_check pool
expect_stderr_lacks 'bad checksum in superblock'

it "leaks, which a repair removes"
for counts in '0 1' '0 2' '0 3' '0 7' '1 2' '1 5'; do
  kernel_image snapshots pool
  before=$(thin_check pool | grep FREE)
  damage --create-metadata-leaks --nr-blocks 4 --expected "${counts% *}" --actual "${counts#* }"
  fails thin_check --json pool
  expect_stdout_has '"count_too_high"'
  expect_stdout_has '"fatal": 0'
  fails thin_check pool
  succeeds thin_check --auto-repair pool
  succeeds thin_check pool
  succeeds thin_dump pool
  kernel_image snapshots other
  thin_dump other >expected
  expect_same expected stdout
done

it "counts that are too low are no leaks"
kernel_image snapshots pool
damage --create-metadata-leaks --nr-blocks 1 --expected 1 --actual 0
fails thin_check --auto-repair pool

it "what cannot be done changes nothing"
kernel_image snapshots pool
remember pool
refuses() { # MESSAGE OPTION...
  words=$1
  shift
  fails thin_generate_damage -o pool "$@"
  expect_stderr_has "$words"
  expect_unchanged pool
}
refuses "no field 'nonsense', but csum flags" --block 0 --field nonsense --value 1
refuses "no field 'trans_id'" --block "$root" --field trans_id --value 1
refuses "is no number" --block 0 --field uuid --value 1
refuses "does not fit the 4 bytes" --block 0 --field flags --value 4294967296
refuses "has no block 99999" --block 99999 --field csum --value 1
refuses "each --field needs one --value" --block 0 --field flags
refuses "--field is missing" --block 0
refuses "must be given" --field flags --value 1
refuses "must be given" --block 0 --override
refuses "--override needs" --override
refuses "only 0 blocks" --create-metadata-leaks --nr-blocks 1 --expected 900 --actual 901
refuses "are the same" --create-metadata-leaks --nr-blocks 1 --expected 1 --actual 1
refuses "--actual is missing" --create-metadata-leaks --nr-blocks 1 --expected 1
damage_block pool 20
cp pool pool.remembered
refuses "no checksum of any kind" --block 20 --field blocknr --value 20
