#!/usr/bin/env bash
# Linux 7.2 (and 7.3) of Debian: does a file system keep what it synced on a striped device whose stripes lie on one disk?
#
# Expected: yes. Stripes on one disk gain nothing, but are valid, and all kernels accept the table.
# Seen: not on 7.2 and 7.3. What was written and synced is gone after a loss of power, and a part of the disk that belongs
#   to somebody else, outside all stripes, is overwritten. 6.1 and 6.12 keep both. With sync(1) in place of fsync, and the
#   stripes nearer to each other, 7.3 showed nothing.
# Why, by the sources (guessed from them before it was run): a write that has data and asks for a flush first, such as the
#   commit record of ext4's journal, goes whole to a table over a single disk since 7.x (dm.c, send_preflush_with_data). But
#   dm-stripe.c stripe_map() takes whatever has that flag for an empty flush: it sets the disk and leaves the sector as
#   it was in the striped device. Tables of several disks still get the flush apart, and are safe.
# So: no striped device over one disk (also not one of a single stripe) on these kernels. LVM2 makes none unless it is told to
#   (--alloc anywhere). thin_sim does as these kernels do.
. "$(dirname "$0")/lib.sh"
unpack e2fsprogs=1.47.0-2+b2 libext2fs2=1.47.0-2+b2 libcom-err2=1.47.0-2+b2 libss2=1.47.0-2+b2

seen() { # SUITE VERSION
  guest "$1" "$2" --module ext4 --file "$work/root/sbin/mke2fs:/sbin/mke2fs" <<'END'
up() { # DISK: two stripes on it, behind 32 MiB that are somebody else's
  losetup /dev/loop0 $1
  dmsetup create striped --table "0 65536 striped 2 128 /dev/loop0 65536 /dev/loop0 98304"
}
down() {
  dmsetup remove striped
  losetup -d /dev/loop0
}
mkdir -p /mnt
truncate -s 64M disk
up disk
/sbin/mke2fs -q -t ext4 /dev/mapper/striped
mount -t ext4 /dev/mapper/striped /mnt
sleep 1
echo kept | dd of=/mnt/file conv=fsync 2>/dev/null
cat disk >crashed
umount /mnt
down
[ "$(head -c 33554432 crashed | tr -d '\0' | wc -c)" -eq 0 ] && others=kept || others=overwritten
up crashed
mount -t ext4 /dev/mapper/striped /mnt
echo "file $(cat /mnt/file 2>/dev/null || echo lost), others $others"
umount /mnt
down
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "file kept, others kept"
expect "Linux 6.12" "$(seen trixie 6.12)" "file kept, others kept"
expect "Linux 7.2" "$(seen sid 7.2)" "file lost, others overwritten"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "file lost, others overwritten"
