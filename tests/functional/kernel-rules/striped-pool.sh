# A pool with metadata and data on stripes, an external origin on stripes, and thin devices below stripes.
dmsetup create data --table "0 2097120 striped 3 40 /dev/vdb 0 /dev/vdb 1048576 /dev/vdc 131072" 2>/dev/null
echo $?
dmsetup create data --table "0 393120 striped 3 40 /dev/vdb 0 /dev/vdb 1048576 /dev/vdc 131072"
dmsetup create meta --table "0 8192 striped 2 8 /dev/vda 0 /dev/vda 8192"
dd if=/dev/zero of=/dev/mapper/meta bs=4096 count=1 2>/dev/null
dmsetup create origin --table "0 10000 striped 2 40 /dev/vdc 0 /dev/vdc 8192"
io /dev/mapper/origin write 0 10000 77 sync
dmsetup create pool --table "0 393120 thin-pool /dev/mapper/meta /dev/mapper/data 384 10"
dmsetup message pool 0 "create_thin 0"
dmsetup message pool 0 "create_thin 1"
dmsetup create t --table "0 50000 thin /dev/mapper/pool 0 /dev/mapper/origin"
dmsetup create u --table "0 400000 thin /dev/mapper/pool 1"
io /dev/mapper/t - <<REQUESTS
write 0 8 1 sync
write 1000 24 2 sync
write 9600 8 3 sync
write 39936 384 4 sync
read 0 50000
REQUESTS
io /dev/mapper/u - <<REQUESTS
write 0 384 5 sync
write 3840 384 6 sync
write 390000 8 7 sync
discard 0 4000
flush
read 0 5000
REQUESTS
dmsetup status
dmsetup suspend t
dmsetup message pool 0 "create_snap 2 0"
dmsetup resume t
dmsetup create v --table "0 50000 thin /dev/mapper/pool 2 /dev/mapper/origin"
io /dev/mapper/v - <<REQUESTS
write 1008 8 8 sync
write 384 384 9 sync
discard 40000 1000
flush
read 0 50000
REQUESTS
dmsetup create w --table "0 100000 striped 2 48 /dev/mapper/u 0 /dev/mapper/u 100000" 2>/dev/null
echo $?
dmsetup create w --table "0 99840 striped 2 384 /dev/mapper/u 0 /dev/mapper/u 99840"
io /dev/mapper/w - <<REQUESTS
write 0 384 10 sync
write 384 384 11 sync
write 768 384 12 sync
write 99456 384 13 sync
read 0 2048
REQUESTS
dmsetup status u
io /dev/mapper/w - <<REQUESTS
write 3072 384 14 sync
discard 0 99840
flush
REQUESTS
sleep 2
dmsetup status u
io /dev/mapper/u read 0 3000
dmsetup remove w
dmsetup remove v
dmsetup remove u
dmsetup remove t
dmsetup status pool
dmsetup remove pool
dmsetup remove meta
dmsetup remove data
dmsetup remove origin
