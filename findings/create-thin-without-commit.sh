#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2), 6.12.118 and 7.3 of Debian 13: is a thin device there when its creation was acknowledged?
#
# Expected: yes. The message ends after a commit, so what it made survives a restart; when metadata has no space left
#   for it, it fails.
# Seen: create_thin ends with status 0, but its commit found no metadata block. The pool is read-only and needs a
#   check from then on, the device cannot be activated, neither at once nor after the pool was set up again. The message
#   handler ignores the status of that commit (dm-thin.c, pool_message).
# So: with metadata almost full, a script that takes snapshots by messages has to look at the pool's status after each
#   one: "rw" and no needs_check. thin_sim explore found the history; here it is on the kernel. It takes what is
#   uncommitted before the message, and the pool commits each second, so the steps are repeated until they fit into one.
. "$(dirname "$0")/lib.sh"

seen() { # SUITE VERSION
  guest "$1" "$2" --icount <<'END'
table="0 256 thin-pool /dev/loop0 /dev/loop1 128 0"
for attempt in $(seq 30); do
  rm -f m d
  truncate -s 80K m
  truncate -s 128K d
  losetup /dev/loop0 m
  losetup /dev/loop1 d
  dmsetup create pool --table "$table"
  dmsetup message pool 0 reserve_metadata_snap
  dmsetup message pool 0 "create_thin 0"
  dmsetup create first --table "0 384 thin /dev/mapper/pool 0"
  dd if=/dev/zero of=/dev/mapper/first bs=64k count=1 oflag=direct 2>/dev/null
  dmsetup message pool 0 "create_thin 1" 2>/dev/null
  created=$?
  status=$(dmsetup status --noflush pool)
  if [ $created = 0 ] && [ "${status#* ro }" != "$status" ]; then
    echo "create_thin ends with $created"
    echo "pool $status"
    dmsetup create second --table "0 384 thin /dev/mapper/pool 1" 2>/dev/null || echo "not activated"
    dmsetup remove first
    dmsetup remove pool
    dmsetup create pool --table "$table"
    dmsetup create first --table "0 384 thin /dev/mapper/pool 0" && echo "after a restart: the first device"
    dmsetup create second --table "0 384 thin /dev/mapper/pool 1" 2>/dev/null || echo "not the second"
    exit
  fi
  dmsetup remove first
  dmsetup remove pool
  losetup -d /dev/loop0
  losetup -d /dev/loop1
done
echo "not in 30 attempts"
END
}
lost="create_thin ends with 0
pool 0 256 thin-pool 0 15/20 0/2 13 ro discard_passdown queue_if_no_space needs_check 5 
not activated
after a restart: the first device
not the second"
expect "Linux 6.1" "$(seen bookworm 6.1)" "$lost"
expect "Linux 6.12" "$(seen trixie 6.12)" "$lost"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$lost"
