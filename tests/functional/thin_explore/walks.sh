# A user walks through metadata on a terminal.
command -v python3 >/dev/null || skip "python3 is the terminal"
python3 -c 'import os; os.close(os.openpty()[0])' 2>error || skip "no pseudo terminals: $(tail -n 1 error)"

on_terminal() { # SIZE COMMAND...: the script is on standard input
  "$TESTS_DIR/functional/thin_explore/in_terminal" "$@" >told 2>&1 || fail "$(cat told)"
}

TERM=xterm # whatever the tests themselves run on
export TERM
kernel_image snapshots pool
remember pool
set -- $(thin_dump pool | sed -n '/<device dev_id="1"/,/<.device>/ s/.*<single_mapping origin_block="\([0-9]*\)" data_block="\([0-9]*\)".*/\1 \2/p' | head -n 1)
thin=$1 data=$2

it "from the superblock to a mapping, to its owners, and back"
on_terminal 30x100 thin_explore pool <<END
see superblock
here devices
press enter
here device 0
press down
here device 1
press enter
see mapped
here mapping tree
press enter
see internal node
press enter
here -> data
press home
here leaf
press end
here -> data
press left left left
here device 1
press backspace
here devices
type q
ends 0
END

it "virtual and data blocks by their numbers"
on_terminal 30x100 thin_explore pool <<END
see superblock
type /1:$thin
press enter
here -> data $(echo "$data" | sed ':a; s/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/; ta')
press enter
see the data space map counts it
see device 1, virtual block
type /d:16383
press enter
see data block 16,383
see 0 mappings lead to it
type /nonsense
press enter
see is no place
type /dev:6
press enter
see device 6
type ?
see one screen
press left
see device 6
type s
see superblock
type q
ends 0
END

it "what thin_rmap says of a block is what the page says"
succeeds thin_rmap --region "$data..$((data + 1))" pool
rows=$(wc -l <stdout)
succeeds thin_explore --print --go "d:$data" pool
[ "$(grep -c 'virtual block' stdout)" -eq "$rows" ] || fail "not $rows owners"

it "damage is marked, and the block can be looked at"
cp pool hurt
leaf=$(thin_explore --print --go "1:$thin" pool | sed -n '1 s/.* in block //p')
damage_block hurt "$leaf"
on_terminal 30x100 thin_explore hurt <<END
see superblock
type !
marked bad checksum
press enter
see metadata block $leaf
press left left
here devices
press enter
marked device 1
type /1:$thin
press enter
marked bad checksum
type q
ends 0
END

it "the window changes, to the smallest too"
on_terminal 24x80 thin_explore pool <<END
see superblock
type /1:$thin
press enter
see -> data
size 50x132
see -> data
size 5x20
see data
size 1x1
size 2x3
size 24x80
press ctrl-l
see -> data
press pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn
press home
here leaf
type q
ends 0
END

it "colours, unless they are not wanted"
on_terminal 24x80 thin_explore hurt <<END
type !
marked bad checksum
colours
type q
ends 0
END
on_terminal 24x80 env NO_COLOR=1 thin_explore hurt <<END
type !
marked bad checksum
plain
type q
ends 0
END
for kind in vt100 linux screen; do
  TERM=$kind on_terminal 24x80 thin_explore pool <<END
see superblock
type q
ends 0
END
done

it "a terminal that cannot be drawn on is refused in a line"
for kind in dumb unknown-kind ''; do
  TERM=$kind on_terminal 24x200 thin_explore pool <<END
see thin_explore: the terminal '$kind'
ends 1
END
done
fails thin_explore pool
expect_one_line_error "no terminal" "--print"

it "the metadata snapshot"
kernel_image metadata-snapshot live
succeeds thin_explore -m --print live
expect_stdout_has "metadata snapshot"
fails thin_explore -m --print pool
expect_one_line_error "no metadata snapshot"

it "names of LVM2"
gzip -dc "$TESTS_DIR/functional/lvm/four.metadata.gz" >four
succeeds thin_ls --no-headers -o DEV,NAME --lvm "$TESTS_DIR/functional/lvm/four.vg" four
read -r id name <stdout
succeeds thin_explore --lvm "$TESTS_DIR/functional/lvm/four.vg" --print --go "dev:$name" four
expect_stdout_match "^device $id \\($name\\)"

it "a place that does not exist"
fails thin_explore --print --go nowhere pool
expect_one_line_error "is no place"

it "without a superblock"
cp pool headless
dd if=/dev/zero of=headless bs=4096 count=1 conv=notrunc status=none
fails thin_explore --print headless
expect_one_line_error "no thin metadata"
succeeds thin_explore --print --go "$leaf" headless
expect_stdout_has "btree_leaf"
expect_unchanged pool
