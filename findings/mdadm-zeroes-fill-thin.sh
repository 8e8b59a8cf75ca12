#!/usr/bin/env bash
# mdadm 4.4 (Debian 13) on Linux 6.12 and 7.3: how much do new arrays on thin volumes provision?
#
# Expected: RAID 1 and RAID 5 all of it, as the first resync writes every leg; with --write-zeroes, which is there to do without
#   that resync, hardly anything, as an unmapped block is zero already; and an array of --assume-clean would have to be
#   put right by its first check.
# Seen: the other way round. The resync fills one leg only, whichever the RAID; --write-zeroes fills every leg: a
#   thin device has no operation for zeroes, so they are written. --assume-clean provisions the superblocks alone,
#   "repair" finds nothing to mend and leaves it so: unmapped blocks are equal, and their parity is right.
# So: on new or discarded thin volumes mdadm --create --assume-clean, for RAID 1 and RAID 5. A RAID 5 takes no
#   discards (unless raid456 is told to), so what its resync has filled stays.
. "$(dirname "$0")/lib.sh"
suite trixie mdadm=4.4-11+deb13u1
programs trixie mdadm

seen() { # SUITE VERSION
  guest "$1" "$2" --module raid1 --module raid456 <<'END'
mdadm() { /trixie/mdadm --quiet "$@" 2>&1 | grep -v '^mdadm: .*\(zeroing\|stopped\)'; }
pool_with_thin 32768 1 skip_block_zeroing
for id in 1 2 3; do
  dmsetup message pool 0 "create_thin $id"
  dmsetup create leg$id --table "0 32768 thin /dev/mapper/pool $id"
done
mapped() {
  sleep 1
  echo "$1:" $(for id in 1 2 3; do dmsetup status leg$id | cut -d ' ' -f 4; done)
}
settled() { while ! grep -q idle /sys/block/md0/md/sync_action; do sleep 1; done; }
try() { # LEVEL LEGS OPTION...
  local level=$1 legs=$2
  shift 2
  mdadm --create /dev/md0 --metadata=1.2 --bitmap=none --run --level=$level --raid-devices=$legs "$@" \
    $(seq $legs | sed 's|^|/dev/mapper/leg|')
  [ -e /sys/block/md0/md/sync_action ] || exit 1
  sleep 1
  settled
  mapped "RAID $level $*"
  if [ "$*" = --assume-clean ]; then
    echo repair >/sys/block/md0/md/sync_action
    sleep 1
    settled
    mapped "  repaired, $(cat /sys/block/md0/md/mismatch_cnt) mismatches"
  fi
  mdadm --stop /dev/md0
  for id in 1 2 3; do blkdiscard /dev/mapper/leg$id; done
}
for raid in "1 2" "5 3"; do
  try $raid
  try $raid --write-zeroes
  try $raid --assume-clean
done
END
}
was="RAID 1 : 128 30848 0
RAID 1 --write-zeroes: 30848 30848 0
RAID 1 --assume-clean: 128 128 0
  repaired, 0 mismatches: 128 128 0
RAID 5 : 128 128 28800
RAID 5 --write-zeroes: 28800 28800 28800
RAID 5 --assume-clean: 128 128 128
  repaired, 0 mismatches: 128 128 128"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
