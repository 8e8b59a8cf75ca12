# The block layer cuts discards at multiples of the pool's block size, with
# arithmetic for powers of two. With other block sizes the first cut may fall
# within a block, which then stays mapped. Seen on Linux 6.1.
cat >scenario <<'END'
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 45696 thin-pool /dev/vda /dev/vdb 384 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1153536 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<REQUESTS
write 1091712 384 1 sync
write 1092096 384 2 sync
discard 1091712 768
flush
read 1091712 768
discard 1091712 256
discard 1091968 512
flush
read 1091712 768
discard 1092096 384
flush
discard 0 768
flush
REQUESTS
dmsetup status thin
END

it "a block before the first cut stays"
succeeds thin_sim run --device /dev/vda=mem:8M --device /dev/vdb=mem:64M scenario
expect_stdout "1091712 384 seed=1
1092096 384 zero
1091712 384 seed=1
1092096 384 zero
0 1153536 thin 384 1092095"
