#!/usr/bin/env bash
# blktrace 1.2.0 (Debian 12; 1.3.0 of Debian 13 does the same): what do blkparse's totals call a write?
#
# Expected: what is written. A discard is another operation: blkparse shows it as D, and the kernel's own
#   statistics (/proc/diskstats) have counted it apart since Linux 4.18.
# Seen: "Writes Queued: 2215, 257544KiB" for a workload that wrote 146312 KiB in 2149 requests: its 31 discards
#   (111232 KiB) and its 35 flushes, which carry nothing, are in it. One mkfs or fstrim in a trace makes the
#   total say that the whole volume was written.
# So: the space that a workload will take in a pool cannot be told from these totals. Add up the lines
#   (blkparse -a queue -f '%d %n\n') whose flags have no D, or replay the trace with this project.
. "$(dirname "$0")/lib.sh"
unpack blktrace=1.2.0-5
libraries blktrace=1.2.0-5
traces=$(cd "$(dirname "$0")/../tests/functional/traces" && pwd)
cd "$work"
gzip -dc "$traces/ext4-fio.blktrace.0.gz" >trace.blktrace.0
blkparse=$work/root/usr/bin/blkparse

queued() { # REGEX: requests whose flags match, and their KiB
  "$blkparse" -i trace -q -a queue -f '%d %n\n' 2>/dev/null |
    awk -v flags="$1" '$1 ~ flags {requests++; sectors += $2} END {print requests, sectors / 2}'
}
expect "writes with data" "$(queued '^(W|FWF)')" "2149 146312"
expect "discards" "$(queued '^D')" "31 111232"
expect "flushes" "$(queued '^FWS')" "35 0"
expect "in the totals" \
  "$("$blkparse" -i trace -a queue 2>/dev/null | grep -o -m 1 'Writes Queued: .*')" "Writes Queued:        2215,   257544KiB"
