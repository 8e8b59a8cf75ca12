# Thin on thin: a pool whose data device, and one whose metadata device, is a thin device.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dd if=/dev/zero of=/dev/vdc bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup message pool 0 "create_thin 1"
dmsetup create lower --table "0 131072 thin /dev/mapper/pool 0"
dmsetup create meta --table "0 16384 thin /dev/mapper/pool 1"
dmsetup create upper --table "0 131072 thin-pool /dev/mapper/meta /dev/mapper/lower 256 0"
dmsetup message upper 0 "create_thin 0"
dmsetup create top --table "0 262144 thin /dev/mapper/upper 0"
io /dev/mapper/top - <<END
write 0 256 1 sync
write 1000 8 2 sync
write 262136 8 3 sync
read 0 1280
END
dmsetup status
io /dev/mapper/top - <<END
discard 0 512
flush
read 0 1280
END
dmsetup status
dmsetup remove top upper meta lower pool
