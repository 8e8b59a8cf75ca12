#!/usr/bin/env bash
# fio 3.33 (Debian 12): does --merge_blktrace_file replay two traces as one?
#
# Expected: as its manual says: the traces in --read_iolog, separated by colons, are merged by time
#   into one file, and that is replayed: 2 times 1589 reads.
# Seen: the merged file stays empty, "iolog short read" is said, and the first trace alone is
#   replayed, with exit status 0; the second is never opened. The reader of the merge asks for as
#   many bytes as a pointer has, not a record, so no trace can be merged.
# So: a load of several volumes that was to be replayed to one pool is that of one volume. Traces
#   of several devices are given to this project's replay together, each a volume.
. "$(dirname "$0")/lib.sh"
unpack fio=3.33-3
libraries fio=3.33-3
traces=$(cd "$(dirname "$0")/../tests/functional/traces" && pwd)
cd "$work"
gzip -dc "$traces/ext4-fio.blktrace.0.gz" >one.blktrace.0
cp one.blktrace.0 two.blktrace.0
truncate -s 1G target

replay() { # OPTION...: prints how many reads it made; its messages are in the file said
  "$work/root/usr/bin/fio" --name=replay --ioengine=psync --replay_redirect="$work/target" \
    --replay_no_stall=1 --replay_skip=trim --output-format=json --output=result.json "$@" \
    >/dev/null 2>said || echo "status $?"
  python3 -c 'import json
text = open("result.json").read()
print(json.loads(text[text.index("{"):])["jobs"][0]["read"]["total_ios"])'
}
expect "reads of one trace" "$(replay --read_iolog=one.blktrace.0)" 1589
expect "reads of two, merged" \
  "$(replay --read_iolog=one.blktrace.0:two.blktrace.0 --merge_blktrace_file=merged)" 1589
expect "it says" "$(cat said)" "fio: iolog short read"
expect "bytes of the merged trace" "$(stat -c %s merged)" 0
