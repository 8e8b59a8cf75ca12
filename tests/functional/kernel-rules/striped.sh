# Stripes over one disk and several, and what a table of them may not be.
dmsetup create s --table "0 6144 striped 3 64 /dev/vdb 0 /dev/vdb 4096 /dev/vdc 1000"
dmsetup table s
dmsetup status s
dmsetup info s
io /dev/mapper/s - <<REQUESTS
write 0 640 2 sync
write 1000 8 3 sync
write 6136 8 4
flush
read 0 6144
discard 64 64
discard 100 500
discard 0 6144
discard 6100 44
flush
read 0 6144
REQUESTS
io /dev/vdb read 0 6144
io /dev/vdc read 0 4096
dmsetup remove s
dmsetup create s --table "0 100 striped 2 8 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 101 striped 2 1 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 0 8 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 0 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 8 /dev/vdb 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 8 /dev/vdb 0 /dev/vdc 0 /dev/vdd 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 8 /dev/vdb x /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 8 /dev/vdb 0 /dev/nothing 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2x 8 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 96 striped 2 4294967296 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 1048592 striped 2 8 /dev/vdb 0 /dev/vdc 0" 2>/dev/null
echo $?
dmsetup create s --table "0 1048560 striped 2 8 /dev/vdb 0 /dev/vdc 8" 2>/dev/null
echo $?
dmsetup table
dmsetup remove s
dmsetup create s --table "0 9 striped 3 1 /dev/vdb 0 /dev/vdb 3 /dev/vdb 6"
echo $?
io /dev/mapper/s - <<REQUESTS
read 0 8
discard 1 5
flush
REQUESTS
echo $?
dmsetup remove s
dmsetup create s --table "0 128 striped 1 +16 254:16 64"
echo $?
dmsetup table s
io /dev/mapper/s write 0 64 9 sync
io /dev/vdb read 0 256
dmsetup reload s --table "0 128 striped 1 16 254:16 128"
dmsetup resume s
dmsetup table s
io /dev/mapper/s read 0 64
dmsetup remove s
dmsetup create s <<TABLE
0 128 striped 2 16 /dev/vdb 0 /dev/vdc 0
128 128 linear /dev/vdb 1024
256 96 striped 3 32 /dev/vdb 2048 /dev/vdc 64 /dev/vdb 4096
TABLE
dmsetup status s
io /dev/mapper/s - <<REQUESTS
write 112 160 11 sync
read 0 352
discard 0 352
flush
REQUESTS
dmsetup remove s
dmsetup create e --table "0 64 error"
dmsetup create s --table "0 128 striped 2 16 /dev/mapper/e 0 /dev/vdb 0"
io /dev/mapper/s - <<REQUESTS
read 16 16
read 0 32
write 24 16 5 sync
read 0 128
REQUESTS
dmsetup status s
io /dev/mapper/s - <<REQUESTS
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
read 0 8
discard 0 128
flush
REQUESTS
dmsetup status s
dmsetup remove s
dmsetup remove e
dmsetup ls
