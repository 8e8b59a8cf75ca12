# Numbers in messages are decimal, words in any case; what is refused changes nothing.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "CREATE_THIN 1"
echo $?
dmsetup message pool 0 "create_thin 010"
echo $?
dmsetup message pool 0 "create_thin 0x10" 2>/dev/null
echo $?
dmsetup message pool 0 "create_thin +3"
echo $?
dmsetup message pool 0 "create_thin -4" 2>/dev/null
echo $?
dmsetup message pool 0 "create_thin 16777215"
echo $?
dmsetup message pool 0 "create_thin 16777216" 2>/dev/null
echo $?
dmsetup message pool 0 "create_snap 2 7" 2>/dev/null
echo $?
dmsetup message pool 0 "set_transaction_id 5 6" 2>/dev/null
echo $?
dmsetup message pool 0 "set_transaction_id 0 6"
echo $?
dmsetup message pool 0 "delete 99" 2>/dev/null
echo $?
dmsetup create ten --table "0 1024 thin /dev/mapper/pool 10"
echo $?
dmsetup create eight --table "0 1024 thin /dev/mapper/pool 8" 2>/dev/null
echo $?
dmsetup status pool
dmsetup remove ten
dmsetup remove pool
