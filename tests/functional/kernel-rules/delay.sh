# delay: what waits, what its status and its table say, and suspends, which wait for nothing.
io /dev/vdc write 0 2048 1 sync
dmsetup create d --table "0 2048 delay /dev/vdc 0 20"
dmsetup table d
dmsetup status d
io /dev/mapper/d - <<END
read 0 16
write 8 8 5 sync
write 1016 64 6
flush
read 0 24
read 1016 64
discard 1100 8
flush
END
dmsetup status d
dmsetup suspend d
dmsetup resume d
dmsetup remove d
io /dev/vdc read 0 2048
io /dev/vdb read 0 2064
dmsetup create d --table "0 2048 delay /dev/vdc 0 0"
dmsetup table d
dmsetup status d
io /dev/mapper/d - <<END
read 0 16
write 8 8 5 sync
write 1016 64 6
flush
read 0 24
read 1016 64
discard 1100 8
flush
END
dmsetup status d
dmsetup suspend d
dmsetup resume d
dmsetup remove d
io /dev/vdc read 0 2048
io /dev/vdb read 0 2064
dmsetup create d --table "0 2048 delay /dev/vdc 8 10 /dev/vdb 16 0"
dmsetup table d
dmsetup status d
io /dev/mapper/d - <<END
read 0 16
write 8 8 5 sync
write 1016 64 6
flush
read 0 24
read 1016 64
discard 1100 8
flush
END
dmsetup status d
dmsetup suspend d
dmsetup resume d
dmsetup remove d
io /dev/vdc read 0 2048
io /dev/vdb read 0 2064
dmsetup create d --table "0 2048 delay /dev/vdc 0 60 /dev/vdb 0 30 /dev/vdb 1024 4"
dmsetup table d
dmsetup status d
io /dev/mapper/d - <<END
read 0 16
write 8 8 5 sync
write 1016 64 6
flush
read 0 24
read 1016 64
discard 1100 8
flush
END
dmsetup status d
dmsetup suspend d
dmsetup resume d
dmsetup remove d
io /dev/vdc read 0 2048
io /dev/vdb read 0 2064
dmsetup create d --table "0 2048 delay /dev/vdc 0 0 /dev/vdc 0 300 /dev/vdc 0 0"
dmsetup table d
dmsetup status d
io /dev/mapper/d - <<END
read 0 16
write 8 8 5 sync
write 1016 64 6
flush
read 0 24
read 1016 64
discard 1100 8
flush
END
dmsetup status d
dmsetup suspend d
dmsetup resume d
dmsetup remove d
io /dev/vdc read 0 2048
io /dev/vdb read 0 2064
dmsetup create d --table "0 2048 delay" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 x" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1x" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc x 1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/nothing 0 1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdb" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdb 0" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdb 0 1 /dev/vdb 0" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdb 0 1 /dev/vdb 0 1 9" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdb 0 1 /dev/vda 0 1 /dev/vda 0 1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vda 14337 1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 1 /dev/vdd 1 1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 4294967297" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
dmsetup create d --table "0 2048 delay /dev/vdc 0 -1" 2>/dev/null
echo $?
dmsetup table d 2>/dev/null
dmsetup remove d 2>/dev/null
# A pool with data that take their time, and metadata.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 8192 delay /dev/vda 0 0 /dev/vda 0 8"
dmsetup create data --table "0 262144 delay /dev/vdb 0 8"
dmsetup create pool --table "0 262144 thin-pool /dev/mapper/meta /dev/mapper/data 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 65536 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 0 128 50 sync
write 128 8 51 sync
write 256 64 52 sync
write 384 16 53 sync
read 0 4096
END
sleep 2
io /dev/mapper/thin discard 0 256
dmsetup status pool
dmsetup status thin
dmsetup status data
dmsetup info pool
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/optimal_io_size
io /dev/mapper/thin - <<END
write 0 128 54 sync
write 256 8 55 sync
write 512 64 56 sync
write 768 16 57 sync
read 0 4096
END
sleep 2
io /dev/mapper/thin discard 128 256
dmsetup status pool
dmsetup status thin
dmsetup status data
dmsetup info pool
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup suspend thin
dmsetup message pool 0 "create_snap 1 0"
dmsetup resume thin
io /dev/mapper/thin - <<END
write 0 128 58 sync
write 384 8 59 sync
write 768 64 60 sync
write 1152 16 61 sync
read 0 4096
END
sleep 2
io /dev/mapper/thin discard 256 256
dmsetup status pool
dmsetup status thin
dmsetup status data
dmsetup info pool
cat /sys/block/dm-1/queue/discard_granularity
cat /sys/block/dm-1/queue/optimal_io_size
dmsetup suspend pool
dmsetup suspend data
dmsetup resume data
dmsetup resume pool
io /dev/mapper/thin read 0 4096
dmsetup remove thin
dmsetup remove pool
dmsetup remove data
dmsetup remove meta
