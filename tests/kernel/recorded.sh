# What thin_sim record saw a workload ask of a thin device, replayed: the replay maps what the
# needs: thin_sim
# kernel mapped, flushes and writes that are durable when they end included.
# Two processors write, each into buffers of its own; records that find none are told, and no others.
# THIN_KERNEL_SUITE and THIN_KERNEL_VERSION choose another kernel than the machine's.
. "$HERE/lib.sh"

rm -f ./*.scenario
make_devices kernel
truncate -s 16M trace.image
cat >workload.scenario <<'END'
io /dev/mapper/thin - <<REQUESTS
write 0 128 2 sync
write 4096 8 3 sync
write 128 128 4 sync
write 99968 64 5 sync
write 130 4 6
flush
discard 0 128
flush
write 8192 8 7 sync
write 0 8 8 sync
read 0 256
REQUESTS
END
cat >others.scenario <<'END'
io /dev/mapper/thin - <<REQUESTS
write 16384 128 9 sync
write 16512 8 10 sync
discard 8192 128
flush
write 20480 128 11 sync
REQUESTS
END
yes 'read 0 8' | head -n 200 >reads.scenario
yes 'read 0 8' | head -n 50 >few.scenario
cat >all <<'END'
# A recorder that waits in poll (7, x86-64) has begun.
begun() { while ! grep -q '^7 ' /proc/$recorder/syscall; do sleep 1; done; }
mount -t debugfs debugfs /sys/kernel/debug
dd if=/dev/zero of=/dev/vda bs=4096 count=1 2>/dev/null
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 262144 thin /dev/mapper/pool 0"
thin_sim record -q -o /tmp/trace /dev/mapper/thin &
recorder=$!
begun
taskset 1 sh /workload.scenario >/dev/null
taskset 2 sh /others.scenario >/dev/null
taskset 1 io /dev/mapper/thin write 16512 64 12 sync
taskset 2 io /dev/mapper/thin write 24576 8 13 sync
kill -TERM $recorder
wait $recorder
echo "record $?"
ls -n /tmp/trace | awk '{print $5}'
dd if=/tmp/trace of=/dev/vdd bs=65536 conv=sync 2>/dev/null
thin_sim record -q --duration 1s -o /tmp/empty /dev/mapper/thin
echo "idle $?"
thin_sim record -q --buffer-size 4 --buffers 2 -o /tmp/few /dev/mapper/thin 2>/tmp/told &
recorder=$!
begun
kill -STOP $recorder
taskset 1 io /dev/mapper/thin - </few.scenario >/dev/null
kill -TERM $recorder
kill -CONT $recorder
wait $recorder
echo "few $?"
cat /tmp/told
thin_sim record --buffer-size 4 --buffers 2 -o /tmp/short /dev/mapper/thin >/tmp/summary 2>/tmp/told &
recorder=$!
begun
kill -STOP $recorder
taskset 1 io /dev/mapper/thin - </reads.scenario >/dev/null
taskset 2 io /dev/mapper/thin - </reads.scenario >/dev/null
kill -TERM $recorder
kill -CONT $recorder
wait $recorder
echo "short $?"
cat /tmp/told
sed 's/^\([0-9]*\) records.*/kept \1/' /tmp/summary
dmsetup remove thin
dmsetup remove pool
END
boot_options="--file $BIN/pdata_tools:/bin/thin_sim --processors 2 --timeout 600"
boot all kernel.metadata kernel.data kernel.origin trace.image

grep -q '^record 0$' guest || { cat guest.messages >&2; fail "the recording failed: $(cat guest)"; }
grep -q '^idle 0$' guest || { cat guest.messages >&2; fail "a device that is asked nothing: $(cat guest)"; }
# Its records fill one buffer and half of the other.
grep -q '^few 0$' guest || fail "records are told as dropped that are not: $(cat guest)"
grep -q '^short 1$' guest || { cat guest.messages >&2; fail "lost records are no failure: $(cat guest)"; }
grep -q 'the kernel dropped [1-9][0-9]* records' guest || fail "lost records are not told: $(cat guest)"
# Each read is two records; a process that the trace has not seen yet is one more.
seen=$(awk '/^kept /{n += $2} /the kernel dropped/{sub(/.*dropped /, ""); n += $1} END{print n}' guest)
[ "$seen" -ge 800 ] && [ "$seen" -lt 820 ] || fail "$seen records were kept or dropped, of 800: $(cat guest)"
head -c "$(sed -n 2p guest)" trace.image >trace
thin_sim replay -q --pool-size 2097152s --metadata-size 8m --thin 0=262144s --json report.json \
  --save-metadata replayed trace || fail "thin_sim replay ended with status $?"
thin_dump kernel.metadata | sed 's/transaction="[0-9]*"//' >kernel.xml
thin_dump replayed | sed 's/transaction="[0-9]*"//' >replayed.xml
same_output kernel.xml replayed.xml
rm -f kernel.data kernel.origin trace.image
