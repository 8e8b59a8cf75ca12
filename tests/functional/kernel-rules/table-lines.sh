dmsetup create y --table "0 8 linear /dev/vdb 0 # comment" 2>/dev/null
echo $?
dmsetup create z <<END
0 8 linear /dev/vdb 0   # first
8 8 linear /dev/vdb 64  # second
END
echo $?
dmsetup table
dmsetup remove y z
dmsetup create y --table "0 8 linear 0254:016 0" 2>/dev/null
echo $?
dmsetup table
dmsetup remove y
dmsetup create y --table "0 8 linear 254:999999 0" 2>/dev/null
echo $?
dmsetup create y --table "0 8 linear 254:16x 0" 2>/dev/null
echo $?
dmsetup create y --table "0 8 linear :16 0" 2>/dev/null
echo $?
