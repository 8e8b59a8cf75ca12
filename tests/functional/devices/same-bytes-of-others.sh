# Two roles on the same bytes: what is read and closed before the other is written, the simulator's
# files, the tool's own streams, files that are not there yet.
. "$TESTS_DIR/functional/devices/roles.inc"

# Names that LVM2 has are read first, and closed.
lvm_pairs() {
  a=$1 b=$2
  refused thin_dump --lvm "$a:vg/pool" -o "$b" meta
  refused thin_report --lvm "$a:vg/pool" -o "$b" meta
  refused thin_restore --lvm "$a:vg/pool" -i pool.xml -o "$b"
  refused thin_repair --lvm "$a:vg/pool" -i meta -o "$b"
  refused thin_extract --lvm "$a:vg/pool" --metadata-dev meta --data-dev data --dev-id 1 -o "$b"
  refused thin_send --lvm "$a:vg/pool" --dev 1 -o "$b" meta data
  refused thin_migrate --lvm "$a:vg/pool" --metadata-dev meta --data-dev data --dev-id 1 \
    --dest-dev "$b"
}
# A trace, a scenario or reports, and what a simulation writes.
simulator_pairs() {
  a=$1 b=$2
  refused thin_sim run --device "/dev/m=$a" --device "/dev/d=$b" pool.scenario
  for output in json html csv junit save-metadata; do
    refused thin_sim replay --$output "$b" "$a"
    refused thin_sim replay --metadata "$a" --$output "$b" trace
    refused thin_sim replay --scenario "$a" --$output "$b" trace
    refused thin_sim replay --baseline "$a" --$output "$b" trace
    [ $output = json ] || refused thin_sim replay --json "$a" --$output "$b" trace
  done
  refused thin_sim compare --html "$b" "$a" before.json
  refused thin_sim compare --html "$b" before.json "$a"
  refused thin_sim merge --json "$b" "$a"
  refused thin_sim merge --junit "$b" "$a"
  refused thin_sim size --json "$b" "$a"
  refused thin_sim explore --json "$a" --junit "$b"
}

it "backups of LVM2"
for name in group.vg "$PWD/group.vg" link-to-folder/group.vg other-group.vg; do
  lvm_pairs group.vg "$name"
done

it "the simulator"
for name in trace ./trace link-to-folder/trace; do simulator_pairs trace "$name"; done
refused thin_sim run --device /dev/m=pool.scenario --device /dev/d=mem:64M pool.scenario

it "standard output and error, whatever is read"
for name in meta hard-link /dev/fd/1 /proc/self/fd/1 /dev/stdout; do
  for tool in thin_dump thin_ls "thin_rmap --region 0..9" thin_scan thin_ll_dump thin_stat \
    "thin_report --json" "thin_delta --thin1 1 --thin2 2" "thin_dump -r" thin_check \
    "thin_explore --print"; do
    run sh -c "exec $tool $name 1<>meta"
    expect_status 1
    expect_stderr_has "are on the same bytes"
    unharmed
  done
  run sh -c "exec thin_send --dev 1 $name data 1<>meta"
  expect_status 1
  run sh -c "exec thin_send --dev 1 other $name 1<>meta"
  expect_status 1
  unharmed
done
run sh -c "exec thin_repair -v -i meta -o spare 2>>meta"
expect_status 1
run sh -c "exec thin_restore -i - -o spare <pool.xml >>pool.xml"
expect_status 1
unharmed

it "files that are not there yet"
for name in new ./new "$PWD/new" folder/../new link-to-folder/new dangling; do
  refused thin_shrink -i pool.xml -o new --data data --nr-blocks 50 --journal "$name"
  refused thin_shrink -i pool.xml -o "$name" --data data --nr-blocks 50 --journal new
  refused thin_sim replay --json new --html "$name" trace
  refused thin_sim explore --json new --junit "$name"
done

it "a stream, what becomes of it, and how far it is"
for name in new new.partial ./new.partial link-to-folder/new stream; do
  refused thin_receive -i stream --state "$name" new
done
refused thin_receive -i stream stream
