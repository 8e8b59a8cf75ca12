# The runner itself: output, messages, exit status and images come back from the
# guest; and the kernel does again what it did for the images that are shipped.
. "$HERE/lib.sh"

cat >script <<'END'
uname -s
echo a message >&2
dd if=/dev/vda of=/dev/vdb bs=4096 count=1 2>/dev/null
exit 3
END
head -c 4096 "$HERE/io.cc" >source
truncate -s 1M source
truncate -s 0 target
truncate -s 1M target
status=0
kernel-run script source target >output 2>messages || status=$?
[ "$status" -ne 77 ] || { cat messages >&2; exit 77; }
[ "$status" -eq 3 ] || { cat messages >&2; fail "exit status $status instead of 3"; }
[ "$(cat output)" = Linux ] || fail "standard output is '$(cat output)'"
[ "$(cat messages)" = "a message" ] || fail "standard error is '$(cat messages)'"
cmp source target || fail "what the guest wrote did not come back"

shipped=$HERE/../functional/kernel-images
make_devices kernel
gzip -dc "$shipped/mixed-1.sh.gz" >scenario
boot scenario kernel.metadata kernel.data kernel.origin
gzip -dc "$shipped/mixed-1.out.gz" >expected.out
gzip -dc "$shipped/mixed-1.metadata.gz" >expected.metadata
same_output expected.out guest
same_bytes expected.metadata kernel.metadata
rm -f kernel.*
