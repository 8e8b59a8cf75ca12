# error may name a device, which it holds open; a reload of error alone over a live device.
dmsetup create broken --table "0 1024 error /dev/vdc 8"
dmsetup table broken
io /dev/mapper/broken read 0 8
dmsetup info broken
dmsetup reload broken --table "0 1024 error /dev/vdc x" 2>/dev/null
echo $?
dmsetup reload broken --table "0 1024 error /dev/mapper/missing 0" 2>/dev/null
echo $?
dmsetup remove broken
dmsetup create live --table "0 1024 linear /dev/vdc 0"
dmsetup reload live --table "0 1024 error"
dmsetup resume live
io /dev/mapper/live discard 0 8
echo $?
dmsetup reload live --table "0 1024 zero"
dmsetup resume live
io /dev/mapper/live discard 0 8
echo $?
dmsetup remove live
