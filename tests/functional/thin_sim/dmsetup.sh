# What dmsetup and io print, as on Linux 6.1 with dmsetup 1.02.185.
simulate() {
  run thin_sim run --device /dev/vda=mem:8m --device /dev/vdb=mem:2g --device /dev/vdc=mem:256m \
    scenario
  expect_status 0
}

it "ls, status, table and info of all devices, in the order of their names"
cat >scenario <<'END'
dmsetup ls
dmsetup status
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin0 --table "0 262144 thin /dev/mapper/pool 0"
dmsetup create multi <<LINES
0 100 linear /dev/vdb 5
100 50 error
150 20 linear /dev/vdc 0
LINES
dmsetup ls
dmsetup status
dmsetup table
dmsetup table thin0
dmsetup status thin0 pool
dmsetup info pool
dmsetup targets
END
simulate
expect_stdout 'No devices found
No devices found
multi	(253:2)
pool	(253:0)
thin0	(253:1)
multi: 0 100 linear 
multi: 100 50 error 
multi: 150 20 linear 
pool: 0 2097152 thin-pool 0 215/2048 0/16384 - rw discard_passdown queue_if_no_space - 512 
thin0: 0 262144 thin 0 -
multi: 0 100 linear 254:16 5
multi: 100 50 error 
multi: 150 20 linear 254:32 0
pool: 0 2097152 thin-pool 254:0 254:16 128 0 0 
thin0: 0 262144 thin 253:0 0
0 262144 thin 253:0 0
thin0: 0 262144 thin 0 -
pool: 0 2097152 thin-pool 0 215/2048 0/16384 - rw discard_passdown queue_if_no_space - 512 
Name:              pool
State:             ACTIVE
Read Ahead:        256
Tables present:    LIVE
Open count:        1
Event number:      0
Major, minor:      253, 0
Number of targets: 1

zero             v1.1.0
delay            v1.3.0
snapshot-merge   v1.5.0
snapshot-origin  v1.9.0
snapshot         v1.16.0
log-writes       v1.1.0
flakey           v1.5.0
thin-pool        v1.22.0
thin             v1.22.0
striped          v1.6.0
linear           v1.4.0
error            v1.5.0'

it "a device without a table, and with two"
cat >scenario <<'END'
dmsetup create nt --notable
dmsetup info nt
dmsetup status nt
dmsetup table
io /dev/mapper/nt read 0 1
dmsetup resume nt
dmsetup suspend nt
dmsetup resume nt 2>/dev/null
echo $?
dmsetup reload nt --table "0 10 linear /dev/vdc 0"
dmsetup resume nt
dmsetup reload nt --table "0 20 linear /dev/vdc 0"
dmsetup suspend nt
dmsetup info nt
dmsetup table --inactive nt
END
simulate
expect_stdout 'Name:              nt
State:             ACTIVE
Tables present:    None
Open count:        0
Event number:      0
Major, minor:      253, 0
Number of targets: 0


nt: 
error open: No such file or directory
1
Name:              nt
State:             SUSPENDED
Read Ahead:        256
Tables present:    LIVE & INACTIVE
Open count:        0
Event number:      0
Major, minor:      253, 0
Number of targets: 1

0 20 linear 254:32 0'

it "a pool that is reloaded with the wrong size stays suspended"
cat >scenario <<'END'
dmsetup create pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup reload pool --table "0 1048576 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup resume pool 2>/dev/null
echo $?
dmsetup status pool
dmsetup reload pool --table "0 8388608 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup resume pool 2>/dev/null
echo $?
dmsetup table pool
dmsetup reload pool --table "0 2097152 linear /dev/vdb 0" 2>/dev/null
echo $?
dmsetup reload pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 128 0 1 ignore_discard" 2>/dev/null
echo $?
dmsetup reload pool --table "0 2097152 thin-pool /dev/vda /dev/vdb 256 77 1 error_if_no_space"
dmsetup resume pool
dmsetup table pool
END
simulate
expect_stdout '1
0 1048576 thin-pool 0 214/2048 0/16384 - rw discard_passdown queue_if_no_space - 512 
1
0 1048576 thin-pool 254:0 254:16 128 0 0 
1
1
0 2097152 thin-pool 254:0 254:16 128 77 1 error_if_no_space '

it "io at the end of a device, and on devices that refuse"
cat >scenario <<'END'
io /dev/vdc read 524280 100
io /dev/vdc write 524280 100 5
io /dev/vdc write 524288 100 5
io /dev/vdc discard 524280 100
io /dev/vdc discard 0 0
io /dev/vdc write 1 0 1
echo $?
io /dev/vdc - <<LINES
write 524288 1 1
read 524288 1
LINES
dmsetup create err --table "0 100 error"
io /dev/mapper/err read 0 1
io /dev/mapper/err write 0 1 1 sync
io /dev/mapper/err discard 0 1
io /dev/mapper/err flush
echo $?
END
simulate
expect_stdout 'error read: Success
error write: Success
error write: No space left on device
error discard: Invalid argument
error discard: Invalid argument
0
error write: No space left on device
error read: No space left on device
error read: Input/output error
error write: Input/output error
error discard: Operation not supported
0'

it "dd through the page cache, and at the end of a device"
cat >scenario <<'END'
io /dev/vdc write 0 16 1
dd if=/dev/zero of=/dev/vdc bs=512 seek=2 count=3 2>/dev/null
echo $?
io /dev/vdc read 0 16
dd if=/dev/zero of=/dev/vdc bs=1M seek=255 2>/dev/null
echo $?
dd if=/dev/zero of=/dev/vdc bs=1M seek=300 count=1 2>/dev/null
echo $?
dd if=/dev/zero of=/dev/vdc bs=100 count=1 2>/dev/null
io /dev/vdc read 0 2
END
simulate
expect_stdout '0
0 2 seed=1
2 3 zero
5 11 seed=1
1
1
0 1 other
1 1 seed=1'

it "wait returns when the event number is another one"
cat >scenario <<'END'
dmsetup create pool --table "0 128 thin-pool /dev/vda /dev/vdb 128 0 1 error_if_no_space"
dmsetup message pool 0 "create_thin 0"
dmsetup create thin0 --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin0 write 0 256 1 sync
dmsetup wait pool 0
echo $?
END
simulate
expect_stdout 'error write: No space left on device
0'
sed -i 's/wait pool 0/wait pool 2/' scenario
run thin_sim run --device /dev/vda=mem:8m --device /dev/vdb=mem:2g scenario
expect_status 1
expect_stderr_has 'no event'
