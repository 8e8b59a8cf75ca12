# A data device whose logical blocks have 4096 bytes: what is refused, by whom, and when.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdd 128 0 0"
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin0 --table "0 131072 thin /dev/mapper/pool 0"
io /dev/mapper/thin0 - <<END
write 0 128 2 sync
write 128 8 3 sync
write 260 8 4 sync
write 257 1 5 sync
write 392 8 6 sync
read 257 1
discard 1 129
discard 0 129
discard 0 128
flush
END
dmsetup status thin0
dmsetup status pool
io /dev/mapper/thin0 read 0 1024
dmsetup create odd --table "0 1001 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
dmsetup message /dev/mapper/pool 0 "create_thin 1"
dmsetup create odd --table "0 1001 thin /dev/mapper/pool 1" 2>/dev/null
echo $?
io /dev/mapper/odd - <<END
write 992 8 7 sync
write 1000 1 8 sync
read 992 8
END
dmsetup remove odd 2>/dev/null
dmsetup message /dev/mapper/pool 0 "create_snap 2 0"
dmsetup create thin2 --table "0 131072 thin /dev/mapper/pool 2"
io /dev/mapper/thin2 - <<END
write 136 8 9 sync
read 0 1024
END
dmsetup remove thin2
dmsetup remove thin0
dmsetup remove pool
dmsetup create pool --table "0 2097155 thin-pool /dev/vda /dev/vdd 128 0 0" 2>/dev/null
echo $?
dmsetup status pool
dmsetup remove pool
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdd 128 0 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin0 --table "0 1024 thin /dev/mapper/pool 0"
io /dev/mapper/thin0 write 0 8 1 sync
dmsetup reload thin0 --table "0 1001 thin /dev/mapper/pool 0"
echo $?
dmsetup resume thin0 2>/dev/null
echo $?
dmsetup info thin0
dmsetup table thin0
dmsetup resume thin0
echo $?
io /dev/mapper/thin0 read 0 8
dmsetup remove thin0
dmsetup remove pool
io /dev/vdd - <<END
read 1 8
write 8 9 1
discard 4 8
discard 8 12
discard 8 8
END
dmsetup create odd --table "0 8 linear /dev/vdd 4" 2>/dev/null
echo $?
dmsetup create joined 2>/dev/null <<END
0 4 linear /dev/vdc 0
4 8 linear /dev/vdd 0
12 4 linear /dev/vdc 4
END
echo $?
dmsetup create joined 2>/dev/null <<END
0 8 linear /dev/vdc 0
8 8 linear /dev/vdd 0
16 3 linear /dev/vdc 8
END
echo $?
dmsetup create joined <<END
0 8 linear /dev/vdc 0
8 8 linear /dev/vdd 0
16 8 linear /dev/vdc 8
END
cat /sys/block/dm-0/queue/logical_block_size
cat /sys/block/dm-0/queue/physical_block_size
cat /sys/block/dm-0/queue/discard_granularity
cat /sys/block/dm-0/queue/minimum_io_size
io /dev/mapper/joined - <<END
write 0 24 3 sync
read 4 8
discard 0 12
discard 0 24
read 0 24
END
dmsetup remove joined
