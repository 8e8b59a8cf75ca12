# flakey: what happens to requests while it is down, by its features, and what its table may say.
dmsetup targets
io /dev/vdc write 0 2048 1 sync
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 10 sync
write 1024 64 11
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 12 sync
write 1024 64 13
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 14 sync
write 1024 64 15
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 0 1 drop_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 16 sync
write 1024 64 17
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 1 drop_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 18 sync
write 1024 64 19
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 1 error_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 20 sync
write 1024 64 21
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 1 DROP_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 22 sync
write 1024 64 23
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 1 error_reads" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 24 sync
write 1024 64 25
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 2 error_reads error_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 26 sync
write 1024 64 27
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 2 error_reads drop_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 28 sync
write 1024 64 29
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 5 corrupt_bio_byte 600 w 255 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 30 sync
write 1024 64 31
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 5 corrupt_bio_byte 1 r 7 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 32 sync
write 1024 64 33
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 6 corrupt_bio_byte 32768 r 7 0 drop_writes" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 34 sync
write 1024 64 35
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 6 error_writes corrupt_bio_byte 513 r 7 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 36 sync
write 1024 64 37
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 1 5 corrupt_bio_byte 40000 w 7 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 38 sync
write 1024 64 39
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
# Through a mapped device reads are others on 6.1.
dmsetup create below --table "0 2048 linear /dev/vdc 0"
dmsetup create f --table "0 2048 flakey /dev/mapper/below 0 0 1 5 corrupt_bio_byte 1 r 7 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 40 sync
write 1024 64 41
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup create f --table "0 2048 flakey /dev/mapper/below 0 0 1 5 corrupt_bio_byte 513 w 7 0" 2>/dev/null
echo $?
dmsetup table f
dmsetup status f
io /dev/mapper/f - <<END
read 0 16
write 8 8 42 sync
write 1024 64 43
flush
read 0 24
read 1024 64
discard 1100 8
flush
END
dmsetup remove f
io /dev/vdc read 0 2048
dmsetup remove below
# What is refused, by some kernels.
dmsetup create f --table "0 2048 flakey /dev/vdc 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 x" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1x" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 4294967295 1" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 4294967296 1" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 x" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 1" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 1 nonsense" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 0 nonsense" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 drop_writes drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 drop_writes error_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 error_writes drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 7 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 1 corrupt_bio_byte" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 corrupt_bio_byte 1" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 5 corrupt_bio_byte 0 r 1 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 5 corrupt_bio_byte 1 x 1 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 5 corrupt_bio_byte 1 r 256 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 4 corrupt_bio_byte 1 r 1 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 3 corrupt_bio_byte 1 r 1 0 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 6 corrupt_bio_byte 1 w 1 0 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 6 corrupt_bio_byte 1 w 1 0 error_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 6 corrupt_bio_byte 1 r 1 0 error_reads" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 6 error_reads corrupt_bio_byte 1 R 1 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 10 corrupt_bio_byte 1 r 1 0 corrupt_bio_byte 2 r 1 0" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 2 error_reads error_reads" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 1 drop_writes more" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 0 0 1 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 +1 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 0 1 1 01 drop_writes" 2>/dev/null
echo $?
dmsetup table f 2>/dev/null
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/nothing 0 1 1" 2>/dev/null
echo $?
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc x 1 1" 2>/dev/null
echo $?
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdc 523265 1 1" 2>/dev/null
echo $?
dmsetup remove f 2>/dev/null
dmsetup create f --table "0 2048 flakey /dev/vdd 1 1 1" 2>/dev/null
echo $?
dmsetup remove f 2>/dev/null
# By the clock, from when the table is loaded.
dmsetup create f --table "0 2048 flakey /dev/vdc 0 3 4"
io /dev/mapper/f - <<END
write 0 8 44 sync
read 0 8
END
sleep 4
io /dev/mapper/f - <<END
write 0 8 45 sync
read 0 8
END
sleep 4
io /dev/mapper/f - <<END
write 0 8 46 sync
read 0 8
END
sleep 3
io /dev/mapper/f - <<END
write 0 8 47 sync
read 0 8
END
dmsetup reload f --table "0 2048 flakey /dev/vdc 0 3 4"
sleep 4
dmsetup resume f
io /dev/mapper/f read 0 8
sleep 4
io /dev/mapper/f read 0 8
dmsetup remove f
