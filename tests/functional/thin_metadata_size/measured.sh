# What metadata takes in fact, beside the estimate.
it "mappings are tried out"
succeeds thin_metadata_size -b 64k -s 64g -m 4 --mappings 100000
expect_no_stderr
sed -n '1s/ sectors$//p' stdout >estimate
sed -n '2s/ sectors measured$//p' stdout >ascending
[ "$(wc -l <stdout)" -eq 2 ] || fail "not two lines"
[ "$(cat ascending)" -le "$(cat estimate)" ] || fail "measured more than the upper estimate"
# A leaf holds 252 mappings: less than full leaves alone is impossible.
[ "$(cat ascending)" -ge $((100000 / 252 * 8)) ] || fail "too little"

it "scattered writes leave other leaves than ascending ones"
succeeds thin_metadata_size -b 64k -s 64g -m 4 --mappings 100000 --fragmentation 100
sed -n '2s/ sectors measured$//p' stdout >scattered
expect_different ascending scattered
succeeds thin_metadata_size -b 64k -s 64g -m 4 --mappings 100000 --fragmentation 100
sed -n '2s/ sectors measured$//p' stdout >again
expect_same scattered again

it "large pools are scaled up"
succeeds thin_metadata_size -b 64k -s 1t -m 4 --mappings 16000000 -n
[ "$(sed -n 2p stdout)" -ge $((16000000 / 252 * 8)) ] || fail "too little"
[ "$(sed -n 2p stdout)" -le "$(sed -n 1p stdout)" ] || fail "too much"

it "existing metadata is measured"
kernel_image mixed-1 metadata
succeeds thin_metadata_size --format metadata -n
expect_no_stderr
used=$(sed -n 2p stdout) available=$(sed -n 3p stdout) rebuilt=$(sed -n 4p stdout)
[ "$available" -eq 16384 ] || fail "available: $available"
[ "$used" -ge "$rebuilt" ] || fail "rebuilding never needs more: $rebuilt > $used"
truncate -s $((rebuilt * 512)) tight
thin_dump --defs -o dump.xml metadata
succeeds thin_restore -i dump.xml -o tight

it "wrong calls and wrong files"
fails thin_metadata_size -b 64k -s 1g -m 1 --mappings 20000
expect_stderr_has "20000 mappings do not fit"
fails thin_metadata_size -b 64k -s 1g -m 1 --fragmentation 10
fails thin_metadata_size -b 64k -s 1g -m 1 --mappings 10 --fragmentation 101
fails thin_metadata_size --format metadata -b 64k
expect_stderr_has "--block-size"
fails thin_metadata_size --format missing
expect_one_line_error missing
zeroes zeroed 65536
fails thin_metadata_size --format zeroed
expect_no_stdout
