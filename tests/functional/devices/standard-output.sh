# An output by the name of an open descriptor goes where the descriptor stands: a log that is
# appended to keeps what it held, and what follows comes behind.
kernel_image snapshots good
succeeds thin_dump good
{ echo before && cat stdout && echo behind; } >expected

for name in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
  it "$name is a file: nothing in it is lost"
  { echo before && thin_dump good -o $name && echo behind; } >log
  expect_same expected log

  it "$name is a file that is appended to"
  echo before >log
  thin_dump good -o $name >>log
  echo behind >>log
  expect_same expected log
done

it "a descriptor that the caller opened"
echo before >log
thin_dump good -o /dev/fd/7 7>>log
echo behind >>log
expect_same expected log

it "a volume, which is written by place, is refused and changes nothing"
truncate -s 1G data
echo before >log
remember log
status=0
thin_extract --metadata-dev good --data-dev data --dev-id 1 -o /dev/stdout >>log 2>stderr || status=$?
expect_status 1
expect_stderr_has "give its own name"
expect_unchanged log
