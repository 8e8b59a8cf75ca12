# An administrator lowers a thin device's longest discard to 700 blocks, which is no divisor of 1024.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin0 --table "0 524288 thin /dev/mapper/pool 0"
cat /sys/block/dm-1/queue/discard_max_bytes
echo 45875201 2>/dev/null >/sys/block/dm-1/queue/discard_max_bytes
echo $?
echo 45875200 >/sys/block/dm-1/queue/discard_max_bytes
echo $?
cat /sys/block/dm-1/queue/discard_max_bytes
io /dev/mapper/thin0 - <<END
write 0 32768 2 sync
write 32768 32768 2 sync
write 65536 32768 2 sync
write 98304 32768 2 sync
write 131072 32768 2 sync
write 163840 32768 2 sync
write 196608 32768 2 sync
write 229376 32768 2 sync
write 262144 6656 2 sync
END
dmsetup status thin0
io /dev/mapper/thin0 - <<END
discard 0 268800
flush
END
echo $?
dmsetup status thin0
dmsetup status pool
io /dev/mapper/thin0 - <<END
discard 0 131072
flush
END
dmsetup status thin0
dmsetup remove thin0
dmsetup remove pool
