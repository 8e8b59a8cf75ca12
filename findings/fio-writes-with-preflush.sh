#!/usr/bin/env bash
# fio 3.33 (Debian 12): which requests of a blktrace does --read_iolog replay?
#
# Expected: each that was queued: 1589 reads, 2149 writes, 31 discards, 35 flushes; what it
#   cannot express, as FUA, would be left out of the request, not the request itself.
# Seen: 2074 writes and 110 flushes. The 75 writes that carry a flush before them (blkparse
#   shows FWFSM: the commit records of ext4's journal) become flushes alone, and their data is
#   never written. Nothing is said of it, and the status is 0.
# So: a trace that fio replays to a thin volume provisions less than the workload did, and the
#   blocks that lack are those of a journal. Count writes with a flush (blkparse -f '%d\n')
#   before trusting such a replay; this project's replay does write them.
. "$(dirname "$0")/lib.sh"
unpack fio=3.33-3 blktrace=1.2.0-5
libraries fio=3.33-3 blktrace=1.2.0-5
traces=$(cd "$(dirname "$0")/../tests/functional/traces" && pwd)
cd "$work"
gzip -dc "$traces/ext4-fio.blktrace.0.gz" >trace.blktrace.0
truncate -s 1G target # a file: without discards

queued() { # REGEX: requests whose flags match, as blkparse shows them
  "$work/root/usr/bin/blkparse" -i trace -q -a queue -f '%d %n\n' 2>/dev/null |
    awk -v flags="$1" '$1 ~ flags' | wc -l
}
expect "queued: reads" "$(queued '^R')" 1589
expect "queued: writes with data" "$(queued '^(W|FWF)')" 2149
expect "queued: of them with a flush before" "$(queued '^FWF')" 75
expect "queued: flushes alone" "$(queued '^FWS')" 35

"$work/root/usr/bin/fio" --name=replay --ioengine=psync --read_iolog=trace.blktrace.0 \
  --replay_redirect="$work/target" --replay_no_stall=1 --replay_skip=trim \
  --output-format=json --output=result.json >/dev/null 2>&1
replayed() { # read, write, sync
  python3 -c 'import json, sys
print(json.load(open("result.json"))["jobs"][0][sys.argv[1]]["total_ios"])' "$1"
}
expect "replayed: reads" "$(replayed read)" 1589
expect "replayed: writes" "$(replayed write)" 2074
expect "replayed: flushes" "$(replayed sync)" 110
