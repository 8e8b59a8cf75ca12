dmsetup create nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn --table "0 8 zero" 2>/dev/null
echo $?
dmsetup ls
dmsetup create "b a" --table "0 8 zero"
dmsetup create "b:a" --table "0 8 zero"
dmsetup ls
dmsetup remove "b a" b:a
dmsetup create . --table "0 8 zero" 2>/dev/null
echo $?
dmsetup create .. --table "0 8 zero" 2>/dev/null
echo $?
dmsetup create control --notable 2>/dev/null
echo $?
dmsetup ls
