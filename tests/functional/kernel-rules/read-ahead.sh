# What dmsetup shows as read ahead: over disks, over nothing, of pools, and after a reload.
dmsetup create plain --table "0 2097152 linear /dev/vdb 0"
dmsetup info plain
dmsetup create nothing --table "0 2097152 zero"
dmsetup info nothing
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/mapper/plain 8192 0"
dmsetup info pool
dmsetup message pool 0 "create_thin 0"
dmsetup create change --table "0 2097152 thin /dev/mapper/pool 0"
dmsetup info change
dmsetup reload change --table "0 2048 linear /dev/vdc 0"
dmsetup resume change
dmsetup info change
dmsetup remove change
dmsetup remove pool
dmsetup remove plain nothing
