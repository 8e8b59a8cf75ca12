# LVM2 as a client: it creates a pool, runs our thin_check around activation, refuses
# damaged metadata, repairs it with our thin_repair and thin_dump, and reads the data
# back. With its default options as Debian builds it, with upstream's, and with those
# of users with large pools. What man pages say of working by hand is tried too.
# needs: thin_repair
. "$HERE/lib.sh"

fetch_lvm

# Each tool is called through a script that notes how LVM2 calls it.
rm -rf tree
mkdir -p tree/usr/sbin
for tool in thin_check thin_dump thin_repair thin_restore thin_trim; do
  cat >"tree/usr/sbin/$tool" <<END
#!/bin/sh
printf '%s' $tool >>/tmp/calls
for word; do printf ' [%s]' "\$word" >>/tmp/calls; done
echo >>/tmp/calls
exec /usr/lib/thin-tools/$tool "\$@"
END
  chmod 755 "tree/usr/sbin/$tool"
  mkdir -p tree/usr/lib/thin-tools
  ln -sf pdata_tools "tree/usr/lib/thin-tools/$tool"
done

cat >guest-script <<'END'
lvm() { command lvm "$@" 7>&- 8>&- 9>&-; }
say() { echo "== $*"; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
# The options of the run, for every command.
configure() {
  mkdir -p /etc/lvm
  cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 }
activation { udev_sync=0 udev_rules=0 monitoring=0 verify_udev_operations=1 }
$1
CONF
}
stamp() { # DEVICE SEED SECTOR...: 128 sectors each
  stamped=$1 seed=$2
  shift 2
  for sector; do echo "write $sector 128 $seed sync"; done | io $stamped - || exit 1
}
read_all() { io $1 read 0 65536; }
# Flips a byte of a metadata block. $1: offset in the superblock of its number.
damage_root() {
  try lvm lvchange -ay -y vg/pool_tmeta
  block=$(od -A n -t u4 -j $1 -N 4 /dev/mapper/vg-pool_tmeta | tr -d ' ')
  try lvm lvchange -an vg/pool_tmeta
  place=$(lvm lvs -a --noheadings -o devices vg/pool_tmeta | tr -d ' ')
  extent=${place##*\(}
  start=$(lvm pvs --noheadings --units b --nosuffix -o pe_start /dev/vda | tr -d ' ')
  size=$(lvm vgs --noheadings --units b --nosuffix -o vg_extent_size vg | tr -d ' ')
  printf '\245\132\245' | dd of=/dev/vda bs=1 conv=notrunc 2>/dev/null \
    seek=$((start + ${extent%\)} * size + block * 4096 + 2050))
  sync
}
repair_by_lvm() {
  say "$1: lvconvert --repair"
  : >/tmp/calls
  try lvm lvconvert -y --repair vg/pool
  cat /tmp/log >&2
  sed 's/ .*//' /tmp/calls | sort | uniq -c | sed 's/^ *//'
  grep -o 'Transaction id.*mismatch.*' /tmp/log
  lvm lvs -a --noheadings -o lv_name vg | tr -d ' ' | grep meta0
}
# What both man pages begin with.
deactivate() {
  try lvm lvchange -an $(lvm lvs --noheadings -o lv_full_name -S pool_lv=pool vg)
  try lvm lvchange -an vg/pool
  # Not the damaged metadata of a repair: that is a volume like others.
  lvm lvs -a --noheadings -o lv_name,lv_active vg | grep -v meta0 | grep ' active' && exit 1
}
# The steps of thin_repair(8).
repair_by_hand() {
  say "$1: thin_repair by hand"
  try lvm lvchange -ay -y vg/pool_tmeta
  thin_check /dev/mapper/vg-pool_tmeta >/dev/null 2>/dev/null; echo "thin_check: $?"
  try lvm lvcreate -y -n repaired -L 4m vg
  try thin_repair -i /dev/mapper/vg-pool_tmeta -o /dev/vg/repaired
  try thin_check /dev/vg/repaired
  try lvm lvchange -an vg/pool_tmeta
  try lvm lvchange -an vg/repaired
  try lvm lvconvert -y --thinpool vg/pool --poolmetadata vg/repaired
}
# The steps of thin_trim(8).
trim_offline() {
  say "thin_trim"
  deactivate
  try lvm lvchange -ay -y vg/pool_tmeta
  try lvm lvchange -ay -y vg/pool_tdata
  thin_trim --metadata-dev /dev/mapper/vg-pool_tmeta --data-dev /dev/mapper/vg-pool_tdata \
    >/dev/null 2>&1; echo "on a device that may not be written: $?"
  dmsetup table vg-pool_tdata | dmsetup reload vg-pool_tdata
  dmsetup resume vg-pool_tdata
  try thin_trim --metadata-dev /dev/mapper/vg-pool_tmeta --data-dev /dev/mapper/vg-pool_tdata
  sed 's/[0-9][0-9]*/N/g' /tmp/log
  try lvm lvchange -an vg/pool_tmeta
  try lvm lvchange -an vg/pool_tdata
}
run_with() {
  say "$1: pool, volumes, snapshot"
  : >/tmp/calls
  configure "$2"
  try lvm pvcreate -ff -y /dev/vda
  try lvm vgcreate vg /dev/vda
  try lvm lvcreate -y --type thin-pool -L 128m --poolmetadatasize 4m -n pool vg
  try lvm lvcreate -y -V 32m -T vg/pool -n one
  stamp /dev/vg/one 1 0 128 1024 8192 65408
  try lvm lvcreate -y -s -n snap -kn vg/one
  stamp /dev/vg/one 2 128 2048
  try lvm lvcreate -y -V 32m -T vg/pool -n two
  stamp /dev/vg/two 3 0 4096
  for volume in one snap two; do read_all /dev/vg/$volume >/tmp/$volume; cat /tmp/$volume; done

  say "$1: activation runs thin_check"
  try lvm vgchange -an vg
  : >/tmp/calls
  try lvm vgchange -ay vg
  sort -u /tmp/calls | sed 's/vg-pool_tmeta/TMETA/'
  try lvm vgchange -an vg

  say "$1: damaged metadata is refused"
  damage_root $3
  lvm vgchange -ay vg >/tmp/log 2>&1 && { echo "it was activated"; cat /tmp/log; exit 1; }
  grep -o 'Check of pool vg/pool failed (status:1). Manual repair required!' /tmp/log || cat /tmp/log

  $4 "$1"

  say "$1: the data is there"
  try lvm vgchange -ay vg
  for volume in one snap two; do
    read_all /dev/vg/$volume >/tmp/again
    cmp /tmp/$volume /tmp/again && echo same
  done
  stamp /dev/vg/two 4 8192
  [ "$1" != default ] || trim_offline
  try lvm vgchange -an vg
  try lvm vgchange -ay vg
  try lvm vgremove -f -y vg
}
[ -e /dev/vda ] || exit 1
run_with default '' 320 repair_by_lvm
run_with upstream 'global { thin_check_options=["-q","--clear-needs-check-flag"] }' 320 repair_by_hand
run_with quick 'global { thin_check_options=["-q","--clear-needs-check-flag","--skip-mappings"] }' \
  328 repair_by_lvm
END

rm -f disk
truncate -s 512M disk
boot_options="--tree $lvm --tree tree --file $BIN/pdata_tools:/usr/lib/thin-tools/pdata_tools
  --file $lvm/sbin/lvm:/sbin/lvm --module dm_snapshot"
export LD_LIBRARY_PATH=$library_path
boot guest-script disk
unset LD_LIBRARY_PATH
rm -f disk

# What it must have printed, but for what the volumes hold.
grep -v '^[0-9]* [0-9]* \(seed\|zero\|other\)' guest >actual
cat guest.messages >&2
for kind in default upstream quick; do
  case $kind in
    default) options="[-q]" ;;
    upstream) options="[-q] [--clear-needs-check-flag]" ;;
    quick) options="[-q] [--clear-needs-check-flag] [--skip-mappings]" ;;
  esac
  cat <<END
== $kind: pool, volumes, snapshot
== $kind: activation runs thin_check
thin_check $options [/dev/mapper/TMETA]
== $kind: damaged metadata is refused
Check of pool vg/pool failed (status:1). Manual repair required!
END
  case $kind in
    upstream) printf '%s\n' "== $kind: thin_repair by hand" "thin_check: 1" ;;
    *) printf '%s\n' "== $kind: lvconvert --repair" "1 thin_dump" "1 thin_repair" pool_meta0 ;;
  esac
  printf '%s\n' "== $kind: the data is there" same same same
  [ $kind != default ] || cat <<END
== thin_trim
on a device that may not be written: 1
discarded N bytes: N free data blocks of N, in N ranges
END
done >expected
diff expected actual >&2 || fail "LVM2 and the tools did not do what they should (< expected)"
[ "$(grep -c 'seed=' guest)" -ge 30 ] || fail "the volumes hold no data"
