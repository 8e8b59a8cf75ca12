# What devices say of themselves: disks, pools with and without passdown and of several block
# sizes, thin devices on them, a pool over zero.
cat /sys/block/vdb/queue/discard_granularity
cat /sys/block/vdb/queue/discard_max_bytes
cat /sys/block/vdb/queue/max_sectors_kb
cat /sys/block/vdb/queue/minimum_io_size
cat /sys/block/vdb/queue/optimal_io_size
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
dmsetup status pool
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/max_sectors_kb
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/max_sectors_kb
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
cat /sys/block/dm-1/queue/write_zeroes_max_bytes
dmsetup remove thin
dmsetup remove pool
echo no passdown, blocks of 192 KiB
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097024 thin-pool /dev/vda /dev/vdb 384 0 1 no_discard_passdown"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup remove thin
dmsetup remove pool
echo ignored discards, blocks of 64 MiB
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 131072 0 1 ignore_discard"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/max_sectors_kb
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/max_sectors_kb
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup remove thin
dmsetup remove pool
echo a data device that is zero
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create nothing --table "0 2097152 zero"
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/max_sectors_kb
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/mapper/nothing 128 0"
dmsetup status pool
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/discard_granularity
dmsetup remove pool
dmsetup remove nothing
