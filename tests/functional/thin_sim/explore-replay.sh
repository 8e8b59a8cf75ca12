# thin_sim replay examines the states that a loss of power may leave.
{
  echo time,op,offset_sectors,length_sectors,device
  for i in 1 2 3 4 5 6 7 8 9; do echo "0.$i,write,$((i * 192)),136,a"; done
  echo 1.95,write,0,8,a
  echo 2.2,discard,256,128,a
  echo 3,read,0,2048,a
} >trace.csv

it "6.1 keeps its promises at each of them"
succeeds thin_sim replay -q --thin 0=2m --crash-at 500ms --crash-at 950ms --crash-at 2100ms \
  --snapshot-every 400ms --crash-states 64 trace.csv

it "they need a loss of power, and a pool of the replay's own"
fails thin_sim replay -q --crash-states 64 trace.csv
expect_stderr_has "--crash-at is missing"
zeroes metadata 4194304
fails thin_sim replay -q --metadata metadata --thin 0=2m --crash-at 1s --crash-states 64 trace.csv
