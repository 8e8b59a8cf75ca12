# The crashes of a trace, which is replayed on a pool as replay does.
{
  echo time,op,offset_sectors,length_sectors,device
  echo 0.1,write,0,128,a
  echo 0.2,write,128,128,a
  echo 0.3,write,8,8,b
  echo 0.4,flush,0,0,a
  echo 1.5,discard,0,128,a
  echo 1.6,write,256,64,a
  echo 2.2,read,0,512,a
  echo 3,write,384,128,a
} >trace.csv

it "6.1 keeps its promises at each moment"
succeeds thin_sim explore --trace trace.csv --json report.json
expect_stdout_has "trace.csv: 8 requests"
expect_stdout_has "each of its 27 moments was examined"
expect_stdout_has "no violation"
grep -q '"kind": "trace"' report.json || fail "the report does not say that it is a trace"
succeeds thin_sim explore --trace trace.csv --kernel 7.3 --block-size 128k --snapshot-every 1s --keep 1

it "without a flush of the data it does not, and few commands show it"
fails thin_sim explore --trace trace.csv --scenarios found \
  --dialect linux-6.1,without=flush-before-commit
expect_stdout_has "VIOLATED: no-stale-data: sectors 0+128 of device 0"
expect_stdout_has "after: request 4 (trace.csv: line 5); 5 commands are needed"
expect_stdout_has "then the exploration ended"
[ "$(grep -c '^io ' found-no-stale-data)" -eq 2 ] || fail "it is not shrunk to a write and a flush"
fails thin_sim explore --scenario found-no-stale-data --device /dev/metadata=mem:8m \
  --device /dev/data=mem:640s --dialect linux-6.1,without=flush-before-commit
expect_stdout_has "VIOLATED: no-stale-data"

it "of many moments some of each kind are chosen, and the report says so"
awk 'BEGIN { print "time,op,offset_sectors,length_sectors"
  for (i = 0; i < 2000; ++i) print i / 100 ",write," i % 50 * 128 ",128" }' >long.csv
succeeds thin_sim explore --trace long.csv --max-moments 60 --json long.json
expect_stdout_has "long.csv: 2000 requests (not all)"
expect_stdout_has "60 of 4004 moments were chosen"
expect_stdout_has "a crash at another one was not tried"
succeeds thin_sim explore --trace long.csv --max-moments 60 --json again.json
expect_same long.json again.json

it "what a replay would fail for is said"
echo 'nonsense' >>trace.csv
succeeds thin_sim explore --trace trace.csv
expect_stdout_has "the replay: "

it "a trace is no shard of itself"
succeeds thin_sim merge --json joined.json report.json
expect_same report.json joined.json
fails thin_sim merge --json joined.json report.json report.json
expect_stderr_has "'trace.csv' is in two of the reports"

it "mistakes are named"
fails thin_sim explore --trace trace.csv --depth 2
expect_stderr_has "--depth is about histories, not a trace"
fails thin_sim explore --snapshot-every 1s
expect_stderr_has "--trace is missing"
cat trace.csv | fails thin_sim explore --trace -
expect_stderr_has "can be read only once"
fails thin_sim explore --trace trace.csv --max-moments 0
expect_stderr_has "it is too small"
mkdir folder
fails thin_sim explore --trace folder
expect_stderr_has "folder"
! grep -q "only once" stderr || fail "a folder is taken for a stream"
