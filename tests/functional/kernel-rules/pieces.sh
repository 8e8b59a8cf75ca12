# A table of thin, linear and zero pieces takes discards where zero does; so do error and zero alone.
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 skip_block_zeroing"
dmsetup message pool 0 "create_thin 0"
dmsetup create pieces <<END
0 1024 thin /dev/mapper/pool 0
1024 1024 linear /dev/vdc 0
2048 1024 zero
END
io /dev/mapper/pieces - <<END
write 0 128 2 sync
write 128 128 3 sync
write 896 128 4 sync
discard 64 3008
flush
END
echo $?
dmsetup status pieces
dmsetup status pool
cat /sys/block/dm-1/queue/discard_max_bytes
cat /sys/block/dm-1/queue/discard_granularity
dmsetup remove pieces
dmsetup create nothing --table "0 1024 zero"
io /dev/mapper/nothing discard 0 1024
echo $?
dmsetup create broken --table "0 1024 error"
io /dev/mapper/broken discard 0 1024
echo $?
dmsetup remove nothing broken
dmsetup remove pool
