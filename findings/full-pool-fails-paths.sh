#!/usr/bin/env bash
# Linux 6.12 and 7.3 of Debian 13: the pool is full (error_if_no_space). What does a write get that reaches the thin device as a loop
# device, an NVMe namespace (nvmet) or a SCSI disk (LIO), and what does multipath make of it?
#
# Expected: "No space left on device", as on the thin device itself; SCSI has a sense code for just this (27h/07h, space
#   allocation failed), and Linux knows it as an initiator. Multipath does not take that for a fault of the path.
# Seen: only NVMe says so. The loop device (through the page cache, as it is by default) has an I/O error. LIO answers "not
#   ready, logical unit communication failure", an I/O error at the client too, and multipath (no queueing) fails the path for
#   it: with the last path gone reads fail as well, although the data is there and the thin device reads it.
# So: a full pool takes SCSI clients down altogether, and it looks like broken cables. Watch the pool's free space on the server;
#   at the client let multipath queue for a while only (no_path_retry N), for the checker finds the path in order each time.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" --module nvme-loop --module tcm_loop --module target_core_iblock --module sd_mod \
    --module dm-multipath --module dm-round-robin <<'END'
pool_with_thin 262144 2 skip_block_zeroing error_if_no_space
for at in 0 32768 65536 98304; do io /dev/mapper/thin write $at 32768 1 sync; done
echo "pool: $(dmsetup status pool | cut -d ' ' -f 6)"
write() { # NAME DEVICE
  echo "$1: $(io "$2" write 200000 128 2 sync)"
}
write "thin device" /dev/mapper/thin
losetup /dev/loop2 /dev/mapper/thin
write "loop device" /dev/loop2
losetup -d /dev/loop2
over_nvme /dev/mapper/thin
write "NVMe" /dev/nvme0n1
over_scsi /dev/mapper/thin
write "SCSI" /dev/sda
dmesg | grep -o 'Sense Key.*\|Add. Sense.*' | tail -n 2
dmsetup create paths --table "0 262144 multipath 0 0 1 1 round-robin 0 1 0 /dev/sda"
echo "multipath reads: $(io /dev/mapper/paths read 0 128)"
write "multipath" /dev/mapper/paths
echo "its path: $(dmsetup status paths | grep -o '8:0 [AF]')"
echo "multipath reads: $(io /dev/mapper/paths read 0 128)"
echo "the thin device reads: $(io /dev/mapper/thin read 0 128)"
END
}
was="pool: 1024/1024
thin device: error write: No space left on device
loop device: error write: Input/output error
NVMe: error write: No space left on device
SCSI: error write: Input/output error
Sense Key : Not Ready [current] 
Add. Sense: Logical unit communication failure
multipath reads: 0 128 seed=1
multipath: error write: Input/output error
its path: 8:0 F
multipath reads: error read: Input/output error
the thin device reads: 0 128 seed=1"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
