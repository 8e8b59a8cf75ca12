# A data device with an optimal I/O size and physical blocks of its own.
dmsetup create plain --table "0 2097152 linear /dev/vdi 0"
dmsetup info plain
cat /sys/block/dm-0/queue/physical_block_size
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-0/queue/max_sectors_kb
cat /sys/block/dm-0/queue/write_zeroes_max_bytes
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/mapper/plain 128 0"
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup remove pool
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097024 thin-pool /dev/vda /dev/mapper/plain 3072 0"
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
cat /sys/block/dm-1/queue/max_sectors_kb
dmsetup info pool
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 2097151 thin /dev/mapper/pool 0"
cat /sys/block/dm-2/queue/minimum_io_size
cat /sys/block/dm-2/queue/optimal_io_size
dmsetup remove thin
dmsetup remove pool
dmsetup remove plain
