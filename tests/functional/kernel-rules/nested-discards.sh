# Discards that a pool passes down to a volume of another one, whose commit is due. On 6.12 the first comes before that commit and the
# others after it, in most runs; on 6.1 all of them come before it, and on 7.2 and later some.
dmsetup create data <<END
0 65536 linear /dev/vdb 0
65536 131072 linear /dev/vdb 65544
196608 524288 linear /dev/vdb 196616
END
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 720896 thin-pool /dev/vda /dev/mapper/data 1024 5000 1 no_discard_passdown"
dmsetup message /dev/mapper/pool 0 "create_thin 6"
dmsetup create thin6 --table "0 131072 thin /dev/mapper/pool 6"
dmsetup create uppermeta --table "0 16384 linear /dev/vdc 0"
dd if=/dev/zero of=/dev/mapper/uppermeta bs=4096 count=1 2>/dev/null
dmsetup create upool --table "0 131072 thin-pool /dev/mapper/uppermeta /dev/mapper/thin6 1024 7 0"
dmsetup message /dev/mapper/upool 0 "create_thin 11"
dmsetup create uthin11 --table "0 158721 thin /dev/mapper/upool 11"
dmsetup message /dev/mapper/upool 0 "create_thin 13"
dmsetup message /dev/mapper/upool 0 "create_thin +9"
dmsetup create uthin9 --table "0 8199 thin /dev/mapper/upool 9"
dmsetup message /dev/mapper/pool 0 "set_transaction_id 0 0"
dmsetup create uthin13 --table "0 17656 thin /dev/mapper/upool 13"
io /dev/mapper/uthin13 - <<END
write 0 1024 1 sync
write 9328 656 2 sync
write 0 1024 3 sync
write 12128 72 4 sync
write 15912 136 5 sync
write 5840 24 6 sync
write 13312 1024 7 sync
write 15680 560 8 sync
write 1456 592 9 sync
write 15360 1024 10 sync
END
io /dev/mapper/uthin9 - <<END
write 0 1024 11 sync
write 6144 1024 12 sync
write 0 1024 13 sync
write 5120 1024 14 sync
write 0 1024 15 sync
write 4096 1024 16 sync
write 4096 1024 17 sync
write 1800 184 18 sync
write 4056 16 19 sync
write 4096 1024 20 sync
END
io /dev/mapper/uthin11 - <<END
write 140288 1024 21 sync
END
io /dev/mapper/uthin13 - <<END
write 15360 1024 22 sync
END
io /dev/mapper/uthin11 read 140288 18432
dmsetup message /dev/mapper/pool 0 "set_transaction_id 0 0"
io /dev/mapper/uthin13 - <<END
write 11984 232 23 sync
END
io /dev/mapper/uthin9 - <<END
write 1024 1024 24 sync
END
io /dev/mapper/uthin13 read 2048 1024
sleep 2
io /dev/mapper/uthin9 - <<END
discard 8095 53
flush
discard 1148 1701
flush
discard 0 8199
flush
discard 0 8199
flush
flush
END
io /dev/mapper/uthin13 - <<END
write 0 1024 26 sync
write 2552 136 27 sync
write 1024 1024 28 sync
write 1216 640 29 sync
write 15360 1024 30 sync
write 14336 1024 31 sync
write 10840 280 32 sync
write 17576 16 33 sync
write 3072 1024 34 sync
write 5184 752 35 sync
END
sleep 2
io /dev/mapper/uthin9 - <<END
discard 0 979
flush
discard 0 8199
flush
flush
END
io /dev/mapper/uthin13 - <<END
write 12288 1024 37 sync
write 13312 1024 38 sync
write 14680 376 39 sync
write 15456 864 40 sync
write 16384 1024 41 sync
write 17408 248 42 sync
END
io /dev/mapper/uthin9 - <<END
write 3080 864 43 sync
write 4888 8 44 sync
write 3072 1024 45 sync
write 3552 232 46 sync
write 3072 1024 47 sync
write 2048 1024 48 sync
write 4096 1024 49 sync
write 5120 1024 50 sync
write 3072 1024 51 sync
write 4096 1024 52 sync
END
io /dev/mapper/uthin13 - <<END
write 0 1024 53 sync
write 13312 1024 54 sync
write 13112 152 55 sync
write 11264 1024 56 sync
write 2048 1024 57 sync
write 6080 32 58 sync
write 2048 744 59 sync
write 3072 1024 60 sync
write 12288 1024 61 sync
write 1024 1024 62 sync
END
dmsetup status upool
io /dev/mapper/uthin11 - <<END
read 138240 5120
END
dmsetup status uthin11
dmsetup remove uthin11
io /dev/mapper/uthin13 - <<END
read 0 17656
END
dmsetup status uthin13
dmsetup remove uthin13
io /dev/mapper/uthin9 - <<END
read 0 8192
END
dmsetup status uthin9
dmsetup remove uthin9
dmsetup status upool
dmsetup info upool
dmsetup remove upool
dmsetup status pool
dmsetup status thin6
dmsetup remove thin6
dmsetup status pool
dmsetup info pool
dmsetup remove pool
dmsetup remove uppermeta
dmsetup remove data
dmsetup ls
