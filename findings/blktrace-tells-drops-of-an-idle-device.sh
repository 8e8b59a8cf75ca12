#!/usr/bin/env bash
# blktrace 1.2.0 (Debian 12) on Linux 6.1 (6.1.192-3): how many records of a device that is asked nothing are dropped?
#
# Expected: none.
# Seen: with one buffer (-n 1) the kernel counts one for each processor, and blktrace says "You have 1 ( 50.0%) dropped
#   events". When a trace is stopped the kernel ends the buffer that is being written and switches to the next one
#   (relay_flush, kernel/relay.c); where none is free then it counts that as a dropped record, although nobody wanted to
#   write one. With more buffers the same happens to a processor all but one of whose buffers wait to be read.
# So: a recording with a few dropped events, at most one for each processor, may be whole.
. "$(dirname "$0")/lib.sh"
unpack blktrace=1.2.0-5
libraries blktrace=1.2.0-5

seen() { # SUITE VERSION
  guest "$1" "$2" --file "$work/root/usr/sbin/blktrace:/bin/blktrace" <<'GUEST'
mount -t debugfs debugfs /sys/kernel/debug
truncate -s 64M disk
losetup /dev/loop0 disk
for buffers in 1 2; do
  blktrace -d /dev/loop0 -n $buffers -b 4 -w 2 -o trace >told 2>&1
  echo "buffers: $buffers, told as dropped: $(sed -n 's/^You have *\([0-9]*\) .*dropped events.*/\1/p' told)"
  rm -f trace.blktrace.*
done
GUEST
}
expect "Linux 6.1" "$(seen bookworm 6.1)" "buffers: 1, told as dropped: 1
buffers: 2, told as dropped: "
