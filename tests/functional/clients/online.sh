# The exact calls of programs that read the metadata of a pool that is in use, and what they
# rely on. Each reserves a metadata snapshot first, as here.
kernel_image snapshots pool
succeeds thin_generate_metadata --reserve-metadata-snap -o pool
remember pool

it "cAdvisor: a line of two fields for each device, the second a number"
succeeds thin_ls --no-headers -m -o DEV,EXCLUSIVE_BYTES pool
expect_no_stderr
[ -s stdout ] || fail "no devices"
awk 'NF != 2 || $1 !~ /^[0-9]+$/ || $2 !~ /^[0-9]+$/ { exit 1 }' stdout || fail "not two numbers a line"
devices=$(wc -l <stdout)
[ "$devices" -eq "$(thin_ls --no-headers -m pool | wc -l)" ] || fail "devices are missing"

# The tokens of the text in order: names and signs, values without their text.
tokens() { sed 's/"[^"]*"/V/g' | tr -s ' \n' ' ' | sed 's/[<>\/=]/ & /g' | tr -s ' '; }

it "thin-send-recv: two snapshots, attributes in its order and no other"
succeeds thin_delta -m --snap1 0 --snap2 5 pool
expect_no_stderr
tokens <stdout >seen
grep -qE '^ ?< superblock uuid = V time = V transaction = V data_block_size = V nr_data_blocks = V > < diff left = V right = V > ((< (same|different|left_only|right_only) begin = V length = V / > )*)< / diff > < / superblock > ?$' seen ||
  fail "$(head -c 600 seen)"
expect_stdout_has '<different '

it "thin-send-recv: a whole volume"
succeeds thin_dump -m --dev-id 5 pool
expect_no_stderr
tokens <stdout >seen
grep -qE '^ ?< superblock uuid = V time = V transaction = V (flags = V )?version = V data_block_size = V nr_data_blocks = V > < device dev_id = V mapped_blocks = V transaction = V creation_time = V snap_time = V > (< single_mapping origin_block = V data_block = V time = V / > |< range_mapping origin_begin = V data_begin = V length = V time = V / > )*< / device > < / superblock > ?$' seen ||
  fail "$(head -c 600 seen)"

it "wyng-backup and sparsebak: lines of what is the same can be left out by grep"
for call in "--metadata-snap --thin1=0 --thin2=5" "-m --thin1 0 --thin2 5"; do
  succeeds sh -c "thin_delta $call pool | grep -v '<same .*\/>$'"
  expect_no_stderr
  expect_stdout_has '<different begin='
  expect_stdout_lacks '<same'
  grep -q '^</superblock>$' stdout || fail "no end"
done
succeeds thin_delta -V
[ "$(printf '%s\n' "$(cat stdout)" 0.7.4 | sort | head -n 1)" = 0.7.4 ] || fail "as text it is below 0.7.4"

it "OpenNebula, Rancher convoy"
succeeds thin_delta --metadata-snap --thin1 0 --thin2 5 pool
mv stdout delta
succeeds pdata_tools thin_delta --snap1 0 --snap2 5 pool
sed -n '/<diff/,/<\/diff/p' stdout >live
sed -n '/<diff/,/<\/diff/p' delta >held
expect_same held live

it "programs that read a whole dump from a file"
succeeds thin_dump -m -o dump.xml pool
expect_no_stdout
[ "$(grep -c '<device ' dump.xml)" -eq "$devices" ] || fail "devices are missing"
expect_unchanged pool
