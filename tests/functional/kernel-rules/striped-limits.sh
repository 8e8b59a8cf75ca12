# The limits of striped devices, and of pools and thin devices on them.
dmsetup create s --table "0 4194048 striped 2 128 /dev/vdb 0 /dev/vdf 0"
echo $?
dmsetup info s
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/discard_max_hw_bytes
cat /sys/block/dm-0/queue/max_sectors_kb
cat /sys/block/dm-0/queue/read_ahead_kb
cat /sys/block/dm-0/queue/write_zeroes_max_bytes
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 4194048 thin-pool /dev/vda /dev/mapper/s 256 0"
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/max_sectors_kb
cat /sys/block/dm-1/queue/read_ahead_kb
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1048576 thin /dev/mapper/pool 0"
cat /sys/block/dm-2/queue/minimum_io_size
cat /sys/block/dm-2/queue/optimal_io_size
cat /sys/block/dm-2/queue/discard_granularity
cat /sys/block/dm-2/queue/discard_max_bytes
cat /sys/block/dm-2/queue/read_ahead_kb
dmsetup status pool
dmsetup remove thin
dmsetup remove pool
dmsetup remove s
dmsetup create s --table "0 196608 striped 3 8 /dev/vde 0 /dev/vdg 0 /dev/vdb 0"
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/discard_max_hw_bytes
cat /sys/block/dm-0/queue/read_ahead_kb
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 196608 thin-pool /dev/vda /dev/mapper/s 128 0"
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_bytes
dmsetup status pool
dmsetup remove pool
dmsetup remove s
dmsetup create s --table "0 1048576 striped 2 65536 /dev/vdd 0 /dev/vdd 524288"
cat /sys/block/dm-0/queue/logical_block_size
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-0/queue/discard_max_hw_bytes
cat /sys/block/dm-0/queue/max_sectors_kb
cat /sys/block/dm-0/queue/read_ahead_kb
dmsetup remove s
dmsetup create s --table "0 32 striped 2 4 /dev/vdd 0 /dev/vdd 524288" 2>/dev/null
echo $?
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
dmsetup remove s 2>/dev/null
dmsetup create s --table "0 36 striped 3 4 /dev/vdb 0 /dev/vdd 0 /dev/vdb 8192" 2>/dev/null
echo $?
dmsetup remove s 2>/dev/null
dmsetup create s --table "0 196608 striped 2 24 /dev/vdh 0 /dev/vdi 0"
cat /sys/block/dm-0/queue/physical_block_size
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/read_ahead_kb
io /dev/mapper/s discard 0 1024
dmsetup remove s
dmsetup create s --table "0 1048320 striped 2 120 /dev/vdb 0 /dev/vdf 0"
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_hw_bytes
dmsetup create l --table "0 1000000 linear /dev/mapper/s 48"
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_hw_bytes
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup remove l
dmsetup remove s
