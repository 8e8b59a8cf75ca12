# Metadata devices of 9 to 17 blocks: which can be formatted, and what they are good for.
echo 9
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 72 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 10
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 80 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 11
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 88 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 12
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 96 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 13
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 104 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 16
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 128 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
echo 17
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 136 linear /dev/vda 0"
dmsetup create pool --table "0 2097152 thin-pool /dev/mapper/meta /dev/vdb 128 0 1 error_if_no_space" 2>/dev/null
echo $?
dmsetup status pool 2>/dev/null
dmsetup message pool 0 "create_thin 0" 2>/dev/null
echo $?
dmsetup create thin --table "0 1024 thin /dev/mapper/pool 0" 2>/dev/null
echo $?
io /dev/mapper/thin write 0 128 1 sync
dmsetup status pool 2>/dev/null
dmsetup remove thin 2>/dev/null
dmsetup remove pool 2>/dev/null
dmsetup remove meta
