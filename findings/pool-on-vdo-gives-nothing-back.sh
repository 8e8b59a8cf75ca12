#!/usr/bin/env bash
# LVM2 2.03.31 and vdo 8.3.1 (Debian 13) on Linux 6.12 and 7.3: a thin pool whose data lies on VDO, as "lvcreate --type thin-pool
# --pooldatavdo y" makes it in one step; what does VDO get back when a thin volume is discarded?
#
# Expected: its blocks. Thin pool and VDO both take discards, and lvs says "passdown" of the pool.
# Seen: nothing: each 16 MiB that are written, discarded and written again are 16 MiB more in VDO. LVM makes the VDO with
#   max_discard 1 (one block of 4 KiB), a pool passes nothing down where the data device's longest discard is less than a block
#   of the pool, and the kernel's log alone says so ("disabling discard passdown"); lvs shows it in kernel_discards only. With
#   --config allocation/vdo_max_discard=16, one block of the pool, all comes back; --vdosettings is refused here.
# So: give the VDO a max_discard of at least the pool's chunk size, in units of 4 KiB, from the beginning. Else VDO fills up
#   however much the file systems trim, and a VDO that is full is worse than a pool that is.
. "$(dirname "$0")/lib.sh"
suite trixie lvm2=2.03.31-2 vdo=8.3.1.1-1
programs trixie lvm vdoformat

seen() { # SUITE VERSION
  guest "$1" "$2" --memory 2048 --module dm-vdo <<'END'
mkdir -p /etc/lvm /run/lock/lvm
cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { thin_check_executable="" vdo_format_executable="/trixie/vdoformat" }
CONF
lvm() { LVM_SUPPRESS_FD_WARNINGS=1 /trixie/lvm "$@" 2>messages || cat messages >&2; }
used() { echo $(($(dmsetup status --target vdo | sed 's/.* \([0-9]*\) [0-9]*$/\1/') * 4 / 1024 - before)); }
try() { # OPTION...
  lvm lvcreate -y -q --type thin-pool --pooldatavdo y "$@" -L 5G -n pool vg >/dev/null
  lvm lvcreate -y -q -V 64M -n thin vg/pool >/dev/null
  echo "discards:" $(lvm lvs --noheadings -o discards,kernel_discards vg/pool)
  before=0
  before=$(used)
  for turn in 1 2 3; do
    dd if=/dev/urandom of=/dev/mapper/vg-thin bs=1M count=16 oflag=direct 2>/dev/null
    blkdiscard /dev/mapper/vg-thin
  done
  sleep 1
  echo "left in VDO: $(used) MiB, in the pool:" $(lvm lvs --noheadings -o data_percent vg/pool) %
  lvm lvremove -y -q vg >/dev/null
}
truncate -s 6G disk
losetup /dev/loop0 disk
lvm vgcreate -q vg /dev/loop0 >/dev/null
try
try --config allocation/vdo_max_discard=16
END
}
was="discards: passdown nopassdown
left in VDO: 48 MiB, in the pool: 0.00 %
discards: passdown passdown
left in VDO: 0 MiB, in the pool: 0.00 %"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
