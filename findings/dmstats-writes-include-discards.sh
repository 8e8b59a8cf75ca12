#!/usr/bin/env bash
# dmstats 1.02.205 (Debian 13) on Linux 6.12 and 7.3: what does it call written on a thin device that is written and trimmed?
#
# Expected: what was written, as in /proc/diskstats, which counts discards apart; dmstats knows reads and writes only, so it
#   leaves discards out.
# Seen: after 1 MiB of writes and a discard of 8 MiB it says 9 MiB written (18432 sectors) for the thin device. The pool's own
#   counters show what is passed down: of those 8 MiB the one that was mapped. /proc/diskstats says 2048 sectors written
#   and 16384 discarded.
# So: write rates of dmstats are wrong wherever fstrim or mkfs runs, by whole volumes at once. Take /proc/diskstats (iostat) for
#   what is written; a histogram of dmstats has the discards in it too.
. "$(dirname "$0")/lib.sh"
suite trixie dmsetup=2:1.02.205-2
programs trixie dmsetup

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
dmstats() { DM_DISABLE_UDEV=1 /trixie/dmsetup stats "$@"; }
pool_with_thin 32768 1 skip_block_zeroing
for device in thin pool; do dmstats create $device >/dev/null; done
io /dev/mapper/thin write 0 2048 1 sync
blkdiscard -o 0 -l 8388608 /dev/mapper/thin
for device in thin pool; do
  echo "$device, dmstats: $(dmstats report --noheadings -o write_sector_count $device | tr -d ' ') sectors written"
done
echo "thin, diskstats: $(tr -s ' ' </sys/block/dm-1/stat | sed 's/^ //' | cut -d ' ' -f 7,14) sectors written and discarded"
END
}
was="thin, dmstats: 18432 sectors written
pool, dmstats: 4096 sectors written
thin, diskstats: 2048 16384 sectors written and discarded"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
