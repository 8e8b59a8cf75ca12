# The steps of docs/recovery.md for a thin volume that lvremove took away by mistake, with LVM2 and
# a real kernel: an ext4 comes back as a file, byte for byte, and the pool goes on as it was.
# needs: thin_extract
. "$HERE/lib.sh"
command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not there"
fetch_lvm

cat >guest-script <<'END'
lvm() { command lvm "$@" 7>&- 8>&- 9>&-; }
try() { "$@" >/tmp/log 2>&1 || { echo "FAILED: $*"; cat /tmp/log; exit 1; }; }
for tool in check dump repair extract; do ln -sf pdata_tools /sbin/thin_$tool; done
mkdir -p /etc/lvm /mnt /tmp/lvm /var/tmp
cat >/etc/lvm/lvm.conf <<CONF
devices { dir="/dev" scan="/dev" obtain_device_list_from_udev=0 use_devicesfile=0 }
activation { udev_sync=0 udev_rules=0 monitoring=0 verify_udev_operations=1 }
global { thin_check_executable="/sbin/thin_check" }
CONF
vg=vg pool=pool
try lvm pvcreate -ff -y /dev/vda
try lvm vgcreate $vg /dev/vda
try lvm lvcreate -y --type thin-pool -L 128m --poolmetadatasize 4m -n $pool $vg
try lvm lvcreate -y -V 32m -T $vg/$pool -n stays
try lvm lvcreate -y -V 32m -T $vg/$pool -n home
try mkfs.ext4 -q /dev/$vg/home
try mount -t ext4 /dev/$vg/home /mnt
i=0
while [ $i -lt 40 ]; do
  dd if=/bin/busybox of=/mnt/$i bs=7000 count=$((i + 1)) skip=$i 2>/dev/null
  i=$((i + 1))
done
umount /mnt
sha256sum </dev/$vg/home >/tmp/before
echo "== lvremove"
try lvm lvremove -y $vg/home
echo "write 0 128 7 sync" | io /dev/$vg/stays - || exit 1

try lvm lvchange -an $(lvm lvs --noheadings -o lv_full_name -S pool_lv=$pool $vg) $vg/$pool
try lvm lvchange -ay -y $vg/${pool}_tmeta
try lvm lvchange -ay -y $vg/${pool}_tdata
thin_repair --list-roots -i /dev/mapper/$vg-${pool}_tmeta >/tmp/states 2>/tmp/log || { cat /tmp/log; exit 1; }
# The archive that LVM2 made before the removal has the volume.
archive=$(grep -l 'home {' $(ls -t /etc/lvm/archive/*) | head -n 1)
id=$(sed -n '/home {/,/}/s/.*device_id = //p' "$archive")
echo "device $id"
roots=$(grep -E "^  --mapping-root .*[ ,]$id: [1-9]" /tmp/states | head -n 1 | sed 's/:.*//')
[ -n "$roots" ] || { echo "no state has it"; cat /tmp/states; exit 1; }
truncate -s $(blockdev --getsize64 /dev/mapper/$vg-${pool}_tmeta) /tmp/then.metadata
thin_repair -i /dev/mapper/$vg-${pool}_tmeta -o /tmp/then.metadata $roots >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
cat /tmp/log >&2
grep -o 'maps elsewhere:' /tmp/log
try thin_extract --metadata-dev /tmp/then.metadata --data-dev /dev/mapper/$vg-${pool}_tdata --dev-id $id --size 32m \
  -o /tmp/home.img
sha256sum </tmp/home.img | cmp - /tmp/before && echo "the copy is the volume"
try lvm lvchange -an $vg/${pool}_tmeta
try lvm lvchange -an $vg/${pool}_tdata

echo "== a new volume"
try lvm lvchange -ay $vg/stays
try lvm lvcreate -y -V 32m -T $vg/$pool -n again
try dd if=/tmp/home.img of=/dev/$vg/again bs=1M
sync
sha256sum </dev/$vg/again | cmp - /tmp/before && echo "is the volume"
io /dev/$vg/stays read 0 128
try lvm vgchange -an $vg
try lvm lvchange -ay -y $vg/${pool}_tmeta
thin_check -q /dev/mapper/$vg-${pool}_tmeta && echo "thin_check finds nothing"
END

rm -f disk
truncate -s 512M disk
boot_options="--tree $lvm --file $BIN/pdata_tools:/sbin/pdata_tools --file $lvm/sbin/lvm:/sbin/lvm
  --file $(command -v mkfs.ext4):/sbin/mkfs.ext4 --module dm_snapshot --module ext4"
export LD_LIBRARY_PATH=$library_path
boot guest-script disk
unset LD_LIBRARY_PATH
cat guest.messages >&2
cat >expected <<'END'
== lvremove
device 2
the copy is the volume
== a new volume
is the volume
0 128 seed=7
thin_check finds nothing
END
same_output expected guest
rm -f disk
