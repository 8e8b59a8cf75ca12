# thin_sim run: devices, variables, messages, mistakes, --check.
cat >scenario <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 $size 5 sync
io /dev/mapper/thin read 0 256
dmsetup remove thin pool
END

it "a scenario on files leaves them changed"
succeeds thin_sim run --device /dev/meta=metadata:4m --device /dev/data=data:64m \
  --set size=128 scenario
expect_no_stderr
expect_stdout '0 128 seed=5
128 128 zero'
succeeds thin_check metadata
[ "$(stat -c %s metadata)" -eq 4194304 ] || fail "the metadata has the wrong size"

it "the next scenario goes on with them"
cat >next <<'END'
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin read 0 256
END
succeeds thin_sim run --device /dev/meta=metadata --device /dev/data=data next
expect_stdout '0 128 seed=5
128 128 zero'

it "what is not shut down loses what was not committed"
cat >hasty <<'END'
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 128 128 6
END
remember metadata
succeeds thin_sim run --device /dev/meta=metadata --device /dev/data=data hasty
expect_unchanged metadata
{ cat hasty; echo sync; } >careful
succeeds thin_sim run --device /dev/meta=metadata --device /dev/data=data careful
succeeds thin_sim run --device /dev/meta=metadata --device /dev/data=data next
expect_stdout '0 128 seed=5
128 128 seed=6'

it "a wrong scenario is refused before its first command"
for line in 'echo $nothing' 'io /dev/mapper/thin wipe 0 1' 'echo a | cat' 'dmsetup create x'; do
  { echo 'echo begun'; echo "$line"; } >wrong
  fails thin_sim run --device /dev/meta=metadata wrong
  expect_no_stdout
  expect_one_line_error 'wrong:2: '
done

it "echo joins its words, the empty ones too"
cat >echoing <<'END'
empty=
echo
echo "" ""
echo "" a "" b
echo $empty c
echo -n "" d
END
succeeds thin_sim run echoing
printf '\n \n a  b\nc\n d' >expected
expect_same expected stdout

it "a command that fails is no mistake: the scenario goes on"
printf '%s\n' 'dmsetup remove nothing' 'echo $?' >failing
succeeds thin_sim run failing
expect_stdout 1
expect_stderr_has 'No such device or address'

it "what would wait forever ends with file and line"
cat >forever <<'END'
dmsetup create a --table "0 8 linear /dev/data 0"
dmsetup suspend a
io /dev/mapper/a read 0 1
END
fails thin_sim run --device /dev/data=mem:1m forever
expect_stderr_has 'forever:3: '
expect_stderr_has 'would wait forever'

it "--check accepts what the pool commits"
succeeds thin_sim run --check --device /dev/meta=mem:4m --device /dev/data=mem:64m \
  --set size=200 scenario

it "--check finds a commit that is not clean"
cat >damaging <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
io /dev/meta write 40 64 1
dmsetup message pool 0 "create_thin 0"
END
fails thin_sim run --check --device /dev/meta=mem:4m --device /dev/data=mem:64m damaging
expect_stderr_has 'damaging:4: '
expect_stderr_has 'not clean after a commit'
succeeds thin_sim run --device /dev/meta=mem:4m --device /dev/data=mem:64m damaging

it "a pool without space queues for the time it is told to"
cat >full <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 128 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 256 5 sync
dmsetup status pool
END
succeeds thin_sim run --no-space-timeout 5 --device /dev/meta=mem:4m --device /dev/data=mem:1m full
expect_stdout 'error write: No space left on device
0 128 thin-pool 0 112/1024 1/1 - out_of_data_space discard_passdown error_if_no_space - 256 '
succeeds thin_sim run --no-space-timeout 200000 --device /dev/meta=mem:4m --device /dev/data=mem:1m full
fails thin_sim run --no-space-timeout 0 --device /dev/meta=mem:4m --device /dev/data=mem:1m full
expect_stderr_has 'full:5: '

it "mistakes on the command line"
fails thin_sim run --device /dev/meta scenario
expect_stderr_has "invalid value '/dev/meta' for '--device'"
fails thin_sim run --set size=8 --device /dev/meta=mem:4q scenario
expect_stderr_has "mem:4q"
fails thin_sim run --device /dev/a=mem:1m --device /dev/a=mem:1m scenario
expect_stderr_has "given twice"
fails thin_sim run --dialect 1999 scenario
expect_stderr_has "expected linux, linux-6.1 or 2011"
fails thin_sim run missing
expect_one_line_error missing 'No such file'
fails thin_sim run
expect_stderr_has 'No scenario given.'
fails thin_sim walk
expect_stderr_has "unknown command 'walk'"
succeeds thin_sim run --help
expect_stdout_has 'Usage: thin_sim run '
succeeds thin_sim --help
expect_stdout_has 'thin_sim run '
