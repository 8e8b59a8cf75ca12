# The smallest pool and metadata that suffice: what is named suffices, and one block
# less does not, as replays of their own show.
cat >trace.csv <<'END'
time_s,op,offset_bytes,length_bytes,device
0,write,0,1048576,a
2,discard,0,524288,a
4,write,8388608,1048576,a
6,write,0,65536,b
END

it "the smallest sizes of a trace"
succeeds thin_sim size --json size.json trace.csv
expect_stdout_match '^data +25 blocks of 64 KiB \(1.6 MiB, 3,200 sectors\) suffice, one block less does not$'
data=$(sed -n '/"data"/,/}/s/.*"blocks": \([0-9]*\),/\1/p' size.json)
metadata=$(sed -n '/"metadata"/,/}/s/.*"blocks": \([0-9]*\),/\1/p' size.json)
[ "$data" -eq 25 ] || fail "data is $data"
replay() { # DATA METADATA, in blocks
  run thin_sim replay -q --thin-size 16m --pool-size "$(($1 * 128))" \
    --metadata-size "$(($2 * 8))" trace.csv
}
replay "$data" "$metadata"
expect_status 0
replay $((data - 1)) "$metadata"
expect_status 1
replay "$data" $((metadata - 1))
expect_status 1

it "snapshots take more"
succeeds thin_sim size --snapshot-every 1s trace.csv
expect_stdout_match '^data +(2[6-9]|[3-9][0-9]) blocks'

it "sizes are not taken, they are looked for"
fails thin_sim size --pool-size 1g trace.csv
expect_stderr_has "--pool-size"
run_with_input trace.csv thin_sim size -
expect_status 1
expect_stderr_has "standard input can be read only once"
fails thin_sim size absent.csv
expect_one_line_error "absent.csv"
