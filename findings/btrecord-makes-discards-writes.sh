#!/usr/bin/env bash
# blktrace 1.2.0 (Debian 12; 1.3.0 of Debian 13 does the same): what does btreplay do where the workload discarded?
#
# Expected: it discards, or leaves it out.
# Seen: btrecord makes a write of each discard, of the same place and length: 31 discards become 111232 KiB of
#   writes, the largest of 103 MiB in one. The format that btreplay reads knows only reads (1) and writes (0).
# So: such a replay provisions in a pool just those blocks that the workload gave back, and with btreplay
#   --write-enable it overwrites what a later user of them had. This project's replay discards.
. "$(dirname "$0")/lib.sh"
unpack blktrace=1.2.0-5
libraries blktrace=1.2.0-5
traces=$(cd "$(dirname "$0")/../tests/functional/traces" && pwd)
cd "$work"
gzip -dc "$traces/ext4-fio.blktrace.0.gz" >trace.blktrace.0

expect "a discard in the trace" \
  "$("$work/root/usr/bin/blkparse" -i trace -q -a queue -f '%d %S %n\n' 2>/dev/null | grep -m 1 ' 837504 ')" \
  "DS 837504 211072"
"$work/root/usr/sbin/btrecord" --input-directory . --output-directory . --verbose trace >/dev/null 2>&1
requests() { # KIND: how many of it the record has, and their KiB
  awk -v kind="$1" 'NF == 3 && $1 == kind {requests++; sectors += $3} END {print requests, sectors / 2}' \
    trace.replay.0.rec
}
expect "the same in the record (0 is a write)" \
  "$(awk '$2 == 837504 && $3 == 211072 {print $1}' trace.replay.0.rec)" 0
expect "writes in the record" "$(requests 0)" "2215 257544"
expect "of them written by the workload" \
  "$("$work/root/usr/bin/blkparse" -i trace -q -a queue -f '%d %n\n' 2>/dev/null |
    awk '$1 ~ /^(W|FWF)/ {requests++; sectors += $2} END {print requests, sectors / 2}')" "2149 146312"
