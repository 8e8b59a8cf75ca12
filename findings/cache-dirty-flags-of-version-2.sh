#!/usr/bin/env bash
# cache_dump, cache_writeback and cache_repair 0.9.0 of Debian 12: which blocks of a dm-cache do they take for dirty (changed
# on the fast device, not yet on the origin)?
#
# Expected: what the kernel says and what 1.1.0 of Debian 13 reads, whichever version the metadata has.
# Seen: right for version 1. Of version 2 (the feature "metadata2" of the table, and what LVM makes) they take every block for
#   clean: it keeps the flags in a bitset of its own, and 0.9.0 reads the places where version 1 had them. Of 16 blocks
#   that the kernel calls dirty cache_dump shows none, cache_writeback says "0/0 blocks successfully copied" with status 0
#   and copies nothing, and the metadata that cache_repair writes has 16 clean blocks, by 1.1.0's reading too.
# So: with 0.9.0 no cache in writeback mode may be split from its origin, flushed offline or repaired: what was only on the
#   fast device is lost, and no program says so. Let the kernel write it back (policy "cleaner", lvconvert --uncache), or
#   take the tools of Debian 13.
. "$(dirname "$0")/lib.sh"
unpack thin-provisioning-tools=0.9.0-2
libraries thin-provisioning-tools=0.9.0-2
LD_LIBRARY_PATH='' suite trixie thin-provisioning-tools=1.1.0-4+b1
old=$work/root/usr/sbin/pdata_tools
truncate -s 64M "$work/origin"

# cached NAME FEATURES: metadata and the fast device after 16 blocks were written, and what the kernel says at the end
cached() {
  truncate -s 4M "$work/$1"
  truncate -s 16M "$work/$1-fast"
  guest bookworm 6.1 --module dm-cache --module dm-cache-smq --image "$work/$1" --image "$work/$1-fast" \
    --image "$work/origin" <<END
dmsetup create cache --table "0 131072 cache /dev/vda /dev/vdb /dev/vdc 128 $2 smq 0"
dmsetup suspend cache
dmsetup message cache 0 migration_threshold 0
dmsetup resume cache
dd if=/dev/urandom of=/dev/mapper/cache bs=64k count=16 oflag=direct 2>/dev/null
dmsetup suspend cache
echo "dirty: \$(dmsetup status cache | cut -d ' ' -f 14)"
dmsetup remove cache
END
}
dirty_by_old() { "$old" cache_dump "$1" | grep -c 'dirty="true"' || true; }
dirty_by_new() { by_suite trixie usr/sbin/pdata_tools cache_dump "$1" | grep -c 'dirty="true"' || true; }

# written_back NAME: what cache_writeback says, and how much of the origin it wrote
written_back() {
  truncate -s 64M "$work/back"
  "$old" cache_writeback --no-metadata-update --metadata-device "$work/$1" --origin-device "$work/back" \
    --fast-device "$work/$1-fast" 2>/dev/null | tr '\r' '\n' | grep -o '[0-9]*/[0-9]* blocks successfully copied'
  du -k "$work/back" | cut -f 1
  rm "$work/back"
}
repaired() {
  truncate -s 4M "$work/repaired"
  "$old" cache_repair -i "$work/$1" -o "$work/repaired" >/dev/null 2>&1
  dirty_by_new "$work/repaired"
  rm "$work/repaired"
}

expect "version 1, the kernel says" "$(cached one "1 writeback")" "dirty: 16"
expect "cache_dump 0.9.0" "$(dirty_by_old "$work/one")" 16
expect "cache_dump 1.1.0" "$(dirty_by_new "$work/one")" 16
expect "cache_writeback 0.9.0" "$(written_back one | tr '\n' ' ')" "16/16 blocks successfully copied 1024 "
expect "version 2, the kernel says" "$(cached two "2 metadata2 writeback")" "dirty: 16"
expect "cache_dump 0.9.0" "$(dirty_by_old "$work/two")" 0
expect "cache_dump 1.1.0" "$(dirty_by_new "$work/two")" 16
expect "cache_writeback 0.9.0" "$(written_back two | tr '\n' ' ')" "0/0 blocks successfully copied 0 "
expect "what cache_repair 0.9.0 writes, read by 1.1.0" "$(repaired two)" 0
