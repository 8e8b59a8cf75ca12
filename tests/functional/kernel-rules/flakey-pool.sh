# flakey below a pool: data that fail, are lost or change, and metadata that fail and come back.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup create pool --table "0 262144 thin-pool /dev/vda /dev/mapper/data 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 65536 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 12800 128 100 sync
write 12928 8 101 sync
write 13056 64 102 sync
read 0 65536
discard 12800 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 0 1"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 13184 128 103 sync
write 13312 8 104 sync
write 13440 64 105 sync
read 0 65536
discard 13184 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 13568 128 106 sync
write 13696 8 107 sync
write 13824 64 108 sync
read 0 65536
discard 13568 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 0 1 1 drop_writes"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 13952 128 109 sync
write 14080 8 110 sync
write 14208 64 111 sync
read 0 65536
discard 13952 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 14336 128 112 sync
write 14464 8 113 sync
write 14592 64 114 sync
read 0 65536
discard 14336 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 0 1 1 error_writes"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 14720 128 115 sync
write 14848 8 116 sync
write 14976 64 117 sync
read 0 65536
discard 14720 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 15104 128 118 sync
write 15232 8 119 sync
write 15360 64 120 sync
read 0 65536
discard 15104 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 0 1 5 corrupt_bio_byte 1000 w 3 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 15488 128 121 sync
write 15616 8 122 sync
write 15744 64 123 sync
read 0 65536
discard 15488 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 15872 128 124 sync
write 16000 8 125 sync
write 16128 64 126 sync
read 0 65536
discard 15872 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 0 1 5 corrupt_bio_byte 1000 r 3 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 16256 128 127 sync
write 16384 8 128 sync
write 16512 64 129 sync
read 0 65536
discard 16256 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload data --table "0 262144 flakey /dev/vdb 0 1 0"
dmsetup suspend data
dmsetup resume data
io /dev/mapper/thin - <<END
write 16640 128 130 sync
write 16768 8 131 sync
write 16896 64 132 sync
read 0 65536
discard 16640 128
flush
END
dmsetup status pool
dmsetup status thin
dmsetup remove thin
dmsetup status pool
dmsetup remove pool
dmsetup remove data
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create meta --table "0 8192 flakey /dev/vda 0 1 0"
dmsetup create pool --table "0 262144 thin-pool /dev/mapper/meta /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 65536 thin /dev/mapper/pool 0"
io /dev/mapper/thin - <<END
write 17024 128 133 sync
write 17152 8 134 sync
write 17280 64 135 sync
read 0 65536
discard 17024 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload meta --table "0 8192 flakey /dev/vda 0 0 1 1 error_writes"
dmsetup suspend meta
dmsetup resume meta
io /dev/mapper/thin - <<END
write 17408 128 136 sync
write 17536 8 137 sync
write 17664 64 138 sync
read 0 65536
discard 17408 128
flush
END
dmsetup status pool
dmsetup status thin
sleep 2
dmsetup reload meta --table "0 8192 flakey /dev/vda 0 1 0"
dmsetup suspend meta
dmsetup resume meta
io /dev/mapper/thin - <<END
write 17792 128 139 sync
write 17920 8 140 sync
write 18048 64 141 sync
read 0 65536
discard 17792 128
flush
END
dmsetup status pool
dmsetup status thin
dmsetup remove thin
dmsetup remove pool
dmsetup create pool --table "0 262144 thin-pool /dev/mapper/meta /dev/vdb 128 0"
dmsetup status pool
dmsetup remove pool
dmsetup remove meta
