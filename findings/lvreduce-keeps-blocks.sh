#!/usr/bin/env bash
# LVM2 2.03.16 (Debian 12) with Linux 6.1: what becomes of the blocks beyond the new end when a thin volume is reduced?
#
# Expected: the pool has them back, as after lvreduce of any other volume, with issue_discards at the latest; and what
#   a later lvextend adds to a thin volume reads as zeroes.
# Seen: 64 MiB written, reduced to 32 MiB, issue_discards=1: all 64 MiB stay in the pool, lvs goes on to say 100 % of the volume, and
#   warns that it maps more than its size. Extended again to 64 MiB, the new half shows the old data.
# So: before lvreduce, blkdiscard the part that will be cut off; what is unmapped neither stays nor comes back.
. "$(dirname "$0")/lib.sh"
packages=(lvm2=2.03.16-2 libaio1=0.3.113-4 libdevmapper1.02.1=2:1.02.185-2
  libdevmapper-event1.02.1=2:1.02.185-2 libedit2=3.1-20221030-2)
unpack "${packages[@]}"
libraries "${packages[@]}"

seen() { # SUITE VERSION
  guest "$1" "$2" --file "$work/root/sbin/lvm" <<'END'
mkdir -p /etc/lvm /run/lock/lvm
cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 issue_discards=1 }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { thin_check_executable="" }
CONF
volume() { lvm "$@" >/dev/null 2>messages || cat messages; }
used() {
  echo "$1: $(lvm lvs --noheadings -o data_percent vg/pool 2>/dev/null | tr -d ' ')% of the pool," \
    "$(lvm lvs --noheadings -o data_percent vg/thin 2>/dev/null | tr -d ' ')% of the volume"
}
truncate -s 256M disk
losetup /dev/loop0 disk
volume vgcreate vg /dev/loop0
volume lvcreate -y -L 128M -T vg/pool
volume lvcreate -y -V 64M -T vg/pool -n thin
for at in 0 32768 65536 98304; do io /dev/mapper/vg-thin write $at 32768 1 sync; done
used "64 MiB written"
volume lvreduce -y -f -L 32M vg/thin
used "reduced to 32 MiB"
volume lvextend -y -L 64M vg/thin
used "extended to 64 MiB"
echo "in the extension: $(io /dev/mapper/vg-thin read 65536 65536)"
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "64 MiB written: 50.00% of the pool, 100.00% of the volume
reduced to 32 MiB: 50.00% of the pool, 100.00% of the volume
extended to 64 MiB: 50.00% of the pool, 100.00% of the volume
in the extension: 65536 65536 seed=1"
