# A pool whose data device is a volume of another pool: what it passes down is cut as every discard is, by bits of the
# granularity, and where the pools' blocks are no power of two the pool below keeps blocks that it gets in parts.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dd if=/dev/zero of=/dev/vdc bs=4096 count=1 2>/dev/null
dmsetup create below --table "0 262144 thin-pool /dev/vda /dev/vdb 384 0 1 skip_block_zeroing"
dmsetup message /dev/mapper/below 0 "create_thin 0"
dmsetup create data --table "0 131072 thin /dev/mapper/below 0"
dmsetup create pool --table "0 131072 thin-pool /dev/vdc /dev/mapper/data 384 0 1 skip_block_zeroing"
cat /sys/block/dm-2/queue/discard_granularity
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin --table "0 122880 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 0 15360 1 sync
END
dmsetup status data
io /dev/mapper/thin discard 2304 384
sleep 2
dmsetup status data
io /dev/mapper/thin discard 2688 384
sleep 2
dmsetup status data
io /dev/mapper/thin discard 4992 1536
sleep 2
dmsetup status data
dmsetup message /dev/mapper/pool 0 "create_snap 1 0"
io /dev/mapper/thin discard 7680 384
sleep 2
dmsetup status data
dmsetup message /dev/mapper/pool 0 "delete 1"
io /dev/mapper/thin discard 8064 3840
sleep 2
dmsetup status data
io /dev/mapper/thin discard 0 15360
sleep 2
dmsetup status data
dmsetup status pool
dmsetup remove thin
dmsetup remove pool
dmsetup remove data
dmsetup remove below
