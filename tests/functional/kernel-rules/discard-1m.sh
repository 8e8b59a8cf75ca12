# A data device that discards in granules of 1 MiB, which are more than a block.
cat /sys/block/vdf/queue/discard_granularity
cat /sys/block/vdf/queue/discard_max_bytes
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdf 128 0 0"
dmsetup status pool
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin0 --table "0 131072 thin /dev/mapper/pool 0"
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/discard_max_bytes
cat /sys/block/dm-0/queue/minimum_io_size
cat /sys/block/dm-0/queue/optimal_io_size
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/minimum_io_size
cat /sys/block/dm-1/queue/optimal_io_size
io /dev/mapper/thin0 - <<END
write 0 128 2 sync
write 128 128 3 sync
write 256 128 4 sync
write 384 128 5 sync
write 512 128 6 sync
write 640 128 7 sync
write 768 128 8 sync
write 896 128 9 sync
write 1024 128 10 sync
write 1152 128 11 sync
write 1280 128 12 sync
write 1408 128 13 sync
write 1536 128 14 sync
write 1664 128 15 sync
write 1792 128 16 sync
write 1920 128 17 sync
write 2048 128 18 sync
write 2176 128 19 sync
write 2304 128 20 sync
write 2432 128 21 sync
write 2560 128 22 sync
write 2688 128 23 sync
write 2816 128 24 sync
write 2944 128 25 sync
write 3072 128 26 sync
write 3200 128 27 sync
write 3328 128 28 sync
write 3456 128 29 sync
write 3584 128 30 sync
write 3712 128 31 sync
write 3840 128 32 sync
write 3968 128 33 sync
write 4096 128 34 sync
write 4224 128 35 sync
write 4352 128 36 sync
write 4480 128 37 sync
write 4608 128 38 sync
write 4736 128 39 sync
write 4864 128 40 sync
write 4992 128 41 sync
write 5120 128 42 sync
write 5248 128 43 sync
write 5376 128 44 sync
write 5504 128 45 sync
write 5632 128 46 sync
write 5760 128 47 sync
write 5888 128 48 sync
write 6016 128 49 sync
write 6144 128 50 sync
write 6272 128 51 sync
write 6400 128 52 sync
write 6528 128 53 sync
write 6656 128 54 sync
write 6784 128 55 sync
write 6912 128 56 sync
write 7040 128 57 sync
write 7168 128 58 sync
write 7296 128 59 sync
write 7424 128 60 sync
write 7552 128 61 sync
write 7680 128 62 sync
write 7808 128 63 sync
write 7936 128 64 sync
write 8064 128 65 sync
discard 128 128
flush
discard 1024 4096
flush
discard 6000 1000
flush
END
dmsetup status thin0
dmsetup status pool
io /dev/mapper/thin0 read 0 9000
dmsetup create joined <<END
0 131072 thin /dev/mapper/pool 0
131072 1024 linear /dev/vdf 2097152
END
cat /sys/block/dm-2/queue/discard_granularity
cat /sys/block/dm-2/queue/discard_max_bytes
io /dev/mapper/joined - <<END
discard 5000 126072
flush
discard 64 132000
flush
END
dmsetup status joined
dmsetup remove joined thin0
dmsetup remove pool
io /dev/vdf read 0 10000
