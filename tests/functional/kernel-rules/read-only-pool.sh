# A read-only pool: its discards succeed and unmap nothing; fresh metadata cannot be read-only.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 read_only" 2>/dev/null
echo $?
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 0 128 1 sync
write 128 128 2 sync
END
dmsetup remove thin
dmsetup remove pool
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 read_only"
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
discard 0 256
flush
write 0 128 3 sync
write 512 128 4 sync
read 0 1024
END
dmsetup status pool
dmsetup status thin
dmsetup message pool 0 "create_thin 1" 2>/dev/null
echo $?
dmsetup remove thin
dmsetup remove pool
