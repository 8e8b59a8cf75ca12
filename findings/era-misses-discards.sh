#!/usr/bin/env bash
# Linux 6.1 of Debian 12 (6.1.192-2): does dm-era note what a discard changes?
#
# Expected: yes. On a thin device discarded blocks read as zeroes, so they have changed since the last era; dm-era notes
#   each block of a discard, as it does for a write.
# Seen: only the first. A discard of 100 blocks marks one; a write of three blocks at another place marks three. A write
#   is cut at the blocks of dm-era, a discard is not, and each request marks the block in which it begins.
# So: a copy that is kept up by eras (era_invalidate --written-since) keeps the old contents of what was discarded, and
#   differs from its source without a word. thin_delta of two snapshots does name what was unmapped.
. "$(dirname "$0")/lib.sh"
unpack thin-provisioning-tools=0.9.0-2
libraries thin-provisioning-tools=0.9.0-2
truncate -s 4M "$work/era"

seen() { # SUITE VERSION
  guest "$1" "$2" --module dm_era --image "$work/era" <<'END'
pool_with_thin 32768
dmsetup create era --table "0 32768 era /dev/vda /dev/mapper/thin 128"
io /dev/mapper/era write 0 32768 1 sync
dmsetup message era 0 checkpoint
blkdiscard -o 0 -l 6553600 /dev/mapper/era
io /dev/mapper/era write 24576 384 2 sync
echo "blocks that the thin device lost: $((256 - $(dmsetup status thin | cut -d ' ' -f 4) / 128))"
echo "read after the discard: $(io /dev/mapper/era read 0 12800)"
dmsetup remove era
END
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "blocks that the thin device lost: 100
read after the discard: 0 12800 zero"
expect "changed since the checkpoint, says era_invalidate 0.9.0" \
  "$("$work/root/usr/sbin/pdata_tools" era_invalidate --written-since 2 "$work/era" | tr -d '\n')" \
  '<blocks>  <block block="0"/>  <range begin="192" end = "195"/></blocks>'
