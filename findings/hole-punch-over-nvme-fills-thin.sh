#!/usr/bin/env bash
# Linux 6.12 and 7.3 of Debian 13: a thin device is exported as NVMe namespace (nvmet) or SCSI disk (LIO); what does a hole that
# the client punches into it (fallocate --punch-hole, util-linux 2.41) do to the pool?
#
# Expected: it gives the blocks back; or it is refused, as on the thin device itself ("not supported"), and nothing changes.
# Seen: it ends with success and provisions what it covers, empty as that was. Both exports offer an operation for zeroes,
#   which a thin device has not, and carry it out by writing them. The client believes that nothing is written. blkdiscard of
#   the namespace does unmap; but blkdiscard of a loop device on it, which punches holes, fills the whole volume.
# So: on such volumes whatever trims by punching holes fills the pool, as a loop device does for fstrim and mkfs (losetup
#   --partscan, images of file systems). Trim the disk itself, reach partitions by kpartx; where it was done already, fstrim
#   of a file system that lies on the disk without a loop device brings the space back.
. "$(dirname "$0")/lib.sh"
suite trixie util-linux=2.41.5-0+deb13u1
programs trixie fallocate

seen() { # SUITE VERSION
  guest "$1" "$2" --module nvme-loop --module tcm_loop --module target_core_iblock --module sd_mod <<'END'
mapped() { echo "$1: status $?, $(dmsetup status thin | cut -d ' ' -f 4) sectors mapped"; }
pool_with_thin 32768 1 skip_block_zeroing
/trixie/fallocate --punch-hole --length 4M /dev/mapper/thin 2>&1 | sed 's/.*failed: //'
mapped "after a hole in the thin device"
over_nvme /dev/mapper/thin
/trixie/fallocate --punch-hole --length 4M /dev/nvme0n1
mapped "a hole by NVMe"
blkdiscard /dev/nvme0n1
mapped "discarded by NVMe"
losetup /dev/loop2 /dev/nvme0n1
blkdiscard /dev/loop2
mapped "discarded by a loop device on NVMe"
losetup -d /dev/loop2
blkdiscard /dev/mapper/thin
over_scsi /dev/mapper/thin
/trixie/fallocate --punch-hole --length 4M /dev/sda
mapped "a hole by SCSI"
END
}
was="keep size mode is unsupported
after a hole in the thin device: status 0, 0 sectors mapped
a hole by NVMe: status 0, 8192 sectors mapped
discarded by NVMe: status 0, 0 sectors mapped
discarded by a loop device on NVMe: status 0, 32768 sectors mapped
a hole by SCSI: status 0, 8192 sectors mapped"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
