# Traces of every text format map the blocks that they say, whatever wraps them.
# Each writes 4 KiB at 1 MiB and 64 KiB at 512 MiB: blocks 16 and 8192 of 64 KiB.
maps_both_blocks() { # TRACE [OPTION...]
  trace=$1
  shift
  succeeds thin_sim replay --save-metadata result "$@" "$trace"
  thin_dump result | sed -n 's/.*origin_b[a-z]*="\([0-9]*\)".*/\1/p' >blocks
  [ "$(sort -n blocks | tr '\n' ' ')" = "16 8192 " ] || fail "$trace maps $(cat blocks)"
}

it "block events of perf script and of trace-cmd report"
cat >perf.txt <<'END'
   fio  4021 [001]   700.396411: block:block_bio_queue: 253,0 WS 2048 + 8 [fio]
   fio  4021 [001]   700.896411: block:block_bio_queue: 253,0 FWFS 1048576 + 128 [fio]
   fio  4021 [001]   701.396411: block:block_bio_queue: 253,0 RA 2048 + 8 [fio]
END
maps_both_blocks perf.txt
cat >tracecmd.txt <<'END'
cpus=2
   fio-4021  [001] ..... 700.396411: block_rq_issue:  253,0 WS 4096 () 2048 + 8 [fio]
   fio-4021  [001] ..... 700.896411: block_rq_issue:  253,0 WS 65536 () 1048576 + 128 none,0,0 [fio]
END
maps_both_blocks tracecmd.txt

it "issue or completion events alone"
for event in D C; do
  {
    echo "259,0 4 1 0.000000000 4020 $event W 2048 + 8 [java]"
    echo "259,0 4 2 0.500000000 4020 $event W 1048576 + 128 [java]"
  } >alone.txt
  maps_both_blocks alone.txt
  maps_both_blocks alone.txt --strict
done

it "biosnoop, SPC, DiskSim, blkreplay, SYSTOR, and a latency log of fio"
cat >biosnoop.txt <<'END'
TIME(s)     COMM           PID    DISK      T SECTOR     BYTES  LAT(ms)
0.000000    Web Content    4021   sda       W 2048       4096      0.43
0.500000    fio            4021   sda       W 1048576    65536     0.43
END
maps_both_blocks biosnoop.txt
printf '%s\n' 0,2048,4096,W,0.000000 0,1048576,65536,w,0.500000 >spc.txt
maps_both_blocks spc.txt
printf '%s\n' '0.000000 0 2048 8 0' '500.000000 0 1048576 128 0' >disksim.txt
maps_both_blocks disksim.txt
printf '%s\n' 'start ; sector; length ; op' '0.0 ; 2048 ; 8 ; W' '0.5 ; 1048576 ; 128 ; W' >load.txt
maps_both_blocks load.txt
printf '%s\n' Timestamp,Response,IOType,LUN,Offset,Size 1455592041.0,,W,0,1048576,4096 \
  1455592041.5,,W,0,536870912,65536 >systor.txt
maps_both_blocks systor.txt
printf '%s\n' '0, 1200, 1, 4096, 1048576, 0' '500, 1200, 1, 65536, 536870912, 0' >latency.txt
maps_both_blocks latency.txt

it "compressed by gzip and xz"
gzip -k spc.txt
maps_both_blocks spc.txt.gz
if command -v xz >/dev/null; then
  xz -k spc.txt
  maps_both_blocks spc.txt.xz
fi

it "a header that leaves a unit open is refused with columns that can be pasted"
printf '%s\n' time_us,op,lba,size 0,W,2048,4096 500000,W,1048576,65536 >open.csv
fails thin_sim replay --save-metadata result open.csv
expect_stderr_has "'lba' may count sectors of 512 bytes or larger blocks"
columns=$(sed -n "s/.*--columns '\(.*\)'.*/\1/p" stderr)
maps_both_blocks open.csv --columns "$columns"

it "columns take what has no header at all"
printf '%s\n' '% remark' '7|100000|1000' '7|20000000|10000' >list.txt
maps_both_blocks list.txt --columns '-,offset_hex,length_hex delimiter=| comment=% op=write'

it "wait lines of fio in both meanings"
printf '%s\n' 'fio version 2 iolog' 'f add' 'f open' 'f write 1048576 4096' 'f wait 4000 0' \
  'f write 536870912 65536' 'f wait 5000 0' 'f write 1048576 4096' 'f close' >wait.iolog
maps_both_blocks wait.iolog --json report.json
grep -q '"duration_s": 5\.0' report.json || fail "$(grep duration report.json)"
maps_both_blocks wait.iolog --iolog-wait pause --json report.json
grep -q '"duration_s": 0\.009' report.json || fail "$(grep duration report.json)"

it "as other systems write it: a mark, UTF-16, carriage returns"
{ printf '\357\273\277'; sed 's/$/\r/' spc.txt; } >marked.txt
maps_both_blocks marked.txt --strict
iconv -f ASCII -t UTF-16 tracecmd.txt >wide.txt
maps_both_blocks wide.txt --strict

it "files of several formats in one run, which the report says"
succeeds thin_sim replay --json report.json --expect 'requests == 4' alone.txt spc.txt
grep -q 'as if their recordings had begun together' report.json || fail "$(grep -A9 notes report.json)"
grep -q '"blkparse, spc"' report.json || fail "$(grep format report.json)"

it "units that the records speak against are refused, with what would settle them"
printf '%s\n' 1538323199,1048576,4096,1,7 1538323200,536870912,65536,1,7 >bytes.csv
fails thin_sim replay --junit junit.xml bytes.csv
expect_stderr_has "all here are multiples of 512, as bytes are"
grep -q 'errors="1"' junit.xml || fail "$(cat junit.xml)"
columns=$(sed -n "s/.*--columns '\(.*\)'.*/\1/p" stderr)
maps_both_blocks bytes.csv --columns "$columns"

it "values that are none are named"
fails thin_sim replay --events sometimes wait.iolog
expect_stderr_has "expected queue, issue or complete"
fails thin_sim replay --iolog-wait never wait.iolog
expect_stderr_has "expected since-start or pause"
