#!/usr/bin/env bash
# qemu-nbd 10.0.13 (Debian 13) on Linux 6.12 and 7.3 serves a thin volume with cache=writeback (its default); the pool runs full and is
# extended. When does the export work again?
#
# Expected: at once. The client's flush fails while the pool is full, and says that there is no space; with the pool
#   extended, the client writes again and flushes.
# Seen: never. The write into a full pool succeeds, the flush fails, and does so for as long as this qemu-nbd lives, and with
#   it each write with FUA ("Input/output error"), however large the pool has become. A new qemu-nbd serves the same device
#   without errors. With cache=none the write itself fails, with "No space left on device", and after the extension all works.
# So: serve thin volumes with --cache=none, which tells a full pool from a broken disk; after a pool was full restart what
#   serves through the page cache, and write again what had not been flushed.
. "$(dirname "$0")/lib.sh"
suite trixie qemu-utils=1:10.0.13+ds-0+deb13u1
programs trixie qemu-nbd qemu-io

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
truncate -s 64M data
losetup /dev/loop1 data
table() { echo "0 $1 thin-pool /dev/loop0 /dev/loop1 128 0 2 skip_block_zeroing error_if_no_space"; }
ask() { # NAME COMMAND
  /trixie/qemu-io -f raw -t writeback -c "$2" "nbd+unix:///?socket=/tmp/socket" >told 2>&1
  echo "$1: status $?$(sed -n 's/.*failed: /, /p' told | head -n 1)"
}
serve() { # CACHE
  rm -f socket
  /trixie/qemu-nbd -t -f raw --cache=$1 -k /tmp/socket /dev/mapper/thin &
  until [ -S socket ]; do sleep 1; done
}
try() { # CACHE
  rm -f metadata
  truncate -s 4M metadata
  losetup /dev/loop0 metadata
  dmsetup create pool --table "$(table 65536)"
  dmsetup message pool 0 "create_thin 0"
  dmsetup create thin --table "0 131072 thin /dev/mapper/pool 0"
  serve $1
  ask "$1, 48 MiB into 32" "write 0 48M"
  ask "$1, flush" flush
  dmsetup reload pool --table "$(table 131072)"
  dmsetup resume pool
  ask "$1, extended, 48 MiB again" "write 0 48M"
  ask "$1, one sector with FUA" "write -f 0 512"
  ask "$1, flush" flush
  kill %%
  wait
  serve $1
  ask "$1, new server, flush" flush
  ask "$1, one sector with FUA" "write -f 0 512"
  kill %%
  wait
  dmsetup remove thin
  dmsetup remove pool
  losetup -d /dev/loop0
}
try writeback
try none
END
}
was="writeback, 48 MiB into 32: status 0
writeback, flush: status 1
writeback, extended, 48 MiB again: status 0
writeback, one sector with FUA: status 1, Input/output error
writeback, flush: status 1
writeback, new server, flush: status 0
writeback, one sector with FUA: status 0
none, 48 MiB into 32: status 1, No space left on device
none, flush: status 0
none, extended, 48 MiB again: status 0
none, one sector with FUA: status 0
none, flush: status 0
none, new server, flush: status 0
none, one sector with FUA: status 0"
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
expect "Linux 7.3" "$(seen trixie-backports 7.3)" "$was"
