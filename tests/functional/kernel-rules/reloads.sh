# Reloads of a live pool: another block size, other features, other lengths.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 65536 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 131072 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 128 1 sync
dmsetup reload pool --table "0 65536 thin-pool /dev/vda /dev/vdb 256 0"
echo $?
dmsetup resume pool
echo $?
dmsetup table pool
io /dev/mapper/thin write 128 128 2 sync
dmsetup status thin
dmsetup reload pool --table "0 65536 thin-pool /dev/vda /dev/vdb 128 5 3 skip_block_zeroing no_discard_passdown error_if_no_space"
dmsetup resume pool
dmsetup table pool
dmsetup status pool
dmsetup reload pool --table "0 65536 thin-pool /dev/vda /dev/vdb 128 5 1 ignore_discard" 2>/dev/null
echo $?
dmsetup reload pool --table "0 32768 thin-pool /dev/vda /dev/vdb 128 5"
echo $?
dmsetup resume pool 2>/dev/null
echo $?
dmsetup info pool
dmsetup reload pool --table "0 131072 thin-pool /dev/vda /dev/vdb 128 5"
dmsetup resume pool
echo $?
dmsetup status pool
dmsetup reload pool --table "0 8388608 thin-pool /dev/vda /dev/vdb 128 5"
echo $?
dmsetup resume pool 2>/dev/null
echo $?
dmsetup info pool
dmsetup table pool
dmsetup resume pool
echo $?
dmsetup reload thin --table "0 64 thin /dev/mapper/pool 0"
dmsetup resume thin
io /dev/mapper/thin read 0 64
dmsetup status thin
dmsetup remove thin
dmsetup remove pool
