# The workload that a Linux kernel served (see traces/README.md), replayed: the
# pool ends as the kernel's did.
traces=$TESTS_DIR/functional/traces
replay() { # TRACE OPTIONS...
  trace=$1
  shift
  run thin_sim replay --pool "0 4194304 thin-pool meta data 128 0" --thin 0=2097152 "$@" \
    "$traces/ext4-fio.$trace.gz"
}
# The virtual blocks that thin_dump's XML maps, one a line.
virtual_blocks() {
  sed -n 's/.*single_mapping origin_block="\([0-9]*\)".*/\1 1/p
    s/.*range_mapping origin_begin="\([0-9]*\)".* length="\([0-9]*\)".*/\1 \2/p' "$1" |
    awk '{ for (i = 0; i < $2; i++) print $1 + i }'
}

it "reads agree, and the status lines are the kernel's"
replay blktrace.0 --save-metadata binary.metadata --json binary.json --check-every 1
expect_status 0
expect_no_stderr
expect_stdout_has "everything agrees"
expect_stdout_has \
  "0 4194304 thin-pool 0 226/2048 2093/32768 - rw discard_passdown queue_if_no_space - 512"
expect_stdout_has "0 2097152 thin 267904 2097151"

it "the metadata is clean and maps the kernel's virtual blocks"
succeeds thin_check binary.metadata
succeeds thin_dump binary.metadata
virtual_blocks stdout >ours
gzip -dc "$traces/ext4-fio.kernel-result.xml.gz" >kernel.xml
virtual_blocks kernel.xml >theirs
[ "$(wc -l <theirs)" -eq 2093 ] || fail "the kernel's dump was not understood"
expect_same ours theirs

it "the text form of the trace gives the same replay"
replay blkparse --save-metadata text.metadata --json text.json --check-every 1
expect_status 0
expect_same text.metadata binary.metadata
for report in text binary; do
  sed '/^ "assumed": {/,/^ },/d' "$report.json" |
    grep -vE '"(skipped_records|trace_format)"|ext4-fio' >"$report.comparable"
done
expect_same text.comparable binary.comparable

it "the same trace gives the same bytes again"
replay blktrace.0 --save-metadata again.metadata --json again.json --check-every 1
expect_status 0
expect_same again.metadata binary.metadata
expect_same again.json binary.json
