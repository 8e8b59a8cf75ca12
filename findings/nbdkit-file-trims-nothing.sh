#!/usr/bin/env bash
# nbdkit 1.32.5 (Debian 12) with its file plugin, which serves a thin device: what does a client's trim do?
#
# Expected: it unmaps the blocks, or the server says that it cannot trim.
# Seen: neither. It says can_trim: true, each trim ends with success, and nothing is unmapped. The plugin punches holes
#   (fallocate), which on a block device is writing zeroes without the data being written, and that a thin device
#   cannot do; then it trims no more, silently. qemu-nbd --discard=unmap (7.2) uses BLKDISCARD and does unmap.
# So: fstrim in a virtual machine whose disk is such an export says how much it trimmed, and the pool stays as full.
. "$(dirname "$0")/lib.sh"
unpack nbdkit=1.32.5-1 qemu-utils=1:7.2+dfsg-7+deb12u18+b3 libnbd-bin=1.14.2-1
libraries nbdkit=1.32.5-1 qemu-utils=1:7.2+dfsg-7+deb12u18+b3 libnbd-bin=1.14.2-1
plugin=usr/lib/x86_64-linux-gnu/nbdkit/plugins/nbdkit-file-plugin.so

seen() { # SUITE VERSION
  guest "$1" "$2" --file "$work/root/usr/bin/nbdkit" --file "$work/root/$plugin:/$plugin" \
    --file "$work/root/usr/bin/qemu-nbd" --file "$work/root/usr/bin/qemu-io" \
    --file "$work/root/usr/bin/nbdinfo" <<'END'
pool_with_thin 32768
io /dev/mapper/thin write 0 32768 1 sync
trim() { # SERVER
  until [ -S $1.socket ]; do sleep 1; done
  qemu-io -f raw -d unmap -c 'discard 0 4M' "nbd+unix:///?socket=$1.socket" >/dev/null
  echo "$1: status $?, $(dmsetup status thin | cut -d ' ' -f 4) sectors mapped"
}
nbdkit -U /tmp/nbdkit.socket file /dev/mapper/thin
trim nbdkit
nbdinfo --can trim "nbd+unix:///?socket=/tmp/nbdkit.socket" && echo "nbdkit: can trim"
killall nbdkit
qemu-nbd -t -f raw --discard=unmap -k /tmp/qemu-nbd.socket /dev/mapper/thin &
trim qemu-nbd
END
}
expect "nbdkit 1.32.5 and qemu-nbd 7.2" "$(seen bookworm 6.1)" "nbdkit: status 0, 32768 sectors mapped
nbdkit: can trim
qemu-nbd: status 0, 24576 sectors mapped"
