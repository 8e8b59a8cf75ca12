# The low water event comes with the allocation after free blocks have come down to the mark.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 1280 thin-pool /dev/vda /dev/vdb 128 7 1 error_if_no_space"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 12800 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 0 128 1 sync
write 128 128 1 sync
write 256 128 1 sync
END
dmsetup info pool
io /dev/mapper/thin write 384 128 1 sync
dmsetup info pool
io /dev/mapper/thin write 512 1024 1 sync
dmsetup status pool
dmsetup info pool
dmsetup remove thin
dmsetup remove pool
