#!/usr/bin/env bash
# LVM2 2.03.31 and jq 1.7.1 (Debian 13): are the sizes numbers that "lvs --reportformat json_std --units b --nosuffix" prints?
#
# Expected: yes. The page lvmreport(7) says of json_std that numbers have no quotes and are always numbers, null where there
#   is none; --nosuffix takes away what is no number; lvs -S compares sizes as numbers.
# Seen: percentages are numbers. All sizes are strings, and chunk_size of a thin volume, which has none, is "0". jq adds
#   them up by writing one behind the other (two of 64 MiB: 6710886467108864), and takes each string for larger than any
#   number, so that a test for volumes of more than a gigabyte finds them all. Nothing says an error.
# So: tonumber first (jq: .lv_size | tonumber), whatever the format is called, or let LVM select (-S 'lv_size>1g').
. "$(dirname "$0")/lib.sh"
suite trixie lvm2=2.03.31-2 jq=1.7.1-6+deb13u4
programs trixie lvm jq

seen() { # SUITE VERSION
  guest "$1" "$2" <<'END'
mkdir -p /etc/lvm /run/lock/lvm
cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { thin_check_executable="" }
CONF
lvm() { LVM_SUPPRESS_FD_WARNINGS=1 /trixie/lvm "$@" 2>messages || cat messages >&2; }
truncate -s 256M disk
losetup /dev/loop0 disk
lvm vgcreate -q vg /dev/loop0 >/dev/null
lvm lvcreate -y -q -L 128M -T vg/pool >/dev/null
for name in one two; do lvm lvcreate -y -q -V 64M -T vg/pool -n $name >/dev/null; done
lvm lvs --reportformat json_std --units b --nosuffix -o lv_name,lv_size,chunk_size,data_percent vg >report
grep -o '{"lv_name.*}' report
thin='.report[].lv | map(select(.lv_name != "pool"))'
echo "sum: $(/trixie/jq "$thin | map(.lv_size) | add" report)"
echo "of more than a gigabyte: $(/trixie/jq -r "$thin | map(select(.lv_size > 1000000000).lv_name) | join(\" \")" report)"
echo "by LVM itself: $(lvm lvs --noheadings -o lv_name -S 'lv_size>1000000000b' vg)"
END
}
was='{"lv_name":"one", "lv_size":"67108864", "chunk_size":"0", "data_percent":0.00}
{"lv_name":"pool", "lv_size":"134217728", "chunk_size":"65536", "data_percent":0.00}
{"lv_name":"two", "lv_size":"67108864", "chunk_size":"0", "data_percent":0.00}
sum: "6710886467108864"
of more than a gigabyte: one two
by LVM itself: '
expect "Linux 6.12" "$(seen trixie 6.12)" "$was"
