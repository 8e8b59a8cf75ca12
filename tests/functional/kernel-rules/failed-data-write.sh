# A data device that fails behind its first blocks: the write fails, and its block stays counted.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create half <<END
0 256 linear /dev/vdb 0
256 1024 error
END
dmsetup create pool --table "0 1280 thin-pool /dev/vda /dev/mapper/half 128 0 1 error_if_no_space"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 12800 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 0 128 1 sync
write 128 128 2 sync
write 256 8 3 sync
write 256 128 4 sync
read 0 512
END
dmsetup status thin
dmsetup status pool
dmsetup remove thin
dmsetup remove pool
dmsetup remove half
