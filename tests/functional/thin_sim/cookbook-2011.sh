# The document that introduced thin provisioning: its cookbook typed as it
# stands there, and each line of its reference section.
simulate() { # SCENARIO
  run thin_sim run --dialect 2011 --device /dev/meta=metadata:4m --device /dev/data=mem:10g \
    --set metadata_dev=/dev/meta --set data_dev=/dev/data \
    --set data_block_size=128 --set low_water_mark=32768 "$1"
}

# The lines of the file input before -- are a scenario, those after it its output.
prints() {
  sed '/^--$/,$d' input >scenario
  sed '1,/^--$/d' input >wanted
  simulate scenario
  expect_status 0
  diff wanted stdout >difference || fail "the output differs:
$(cat difference)"
}

cat >cookbook <<'END'
    dd if=/dev/zero of=$metadata_dev bs=4096 count=1
    dmsetup create pool --table "0 20971520 thin-pool $metadata_dev $data_dev $data_block_size $low_water_mark"
    dmsetup message /dev/mapper/pool 0 "new-thin 0 2097152"
    dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"
    dmsetup suspend /dev/mapper/thin
    dmsetup message /dev/mapper/pool 0 "new-snap 1 0"
    dmsetup resume /dev/mapper/thin
    dmsetup create snap --table "0 2097152 thin /dev/mapper/pool 1"
    dmsetup remove thin
    dmsetup remove snap
    dmsetup remove pool
END

it "the cookbook ends in a clean teardown"
{ cat cookbook; echo 'dmsetup ls'; } >scenario
simulate scenario
expect_status 0
expect_no_stderr
expect_stdout 'No devices found'
succeeds thin_check metadata

start='dd if=/dev/zero of=$metadata_dev bs=4096 count=1
dmsetup create pool --table "0 20971520 thin-pool $metadata_dev $data_dev $data_block_size $low_water_mark"
dmsetup message pool 0 "new-thin 0"
dmsetup create thin --table "0 2097152 thin /dev/mapper/pool 0"'

it "the snapshot keeps what the origin held"
{ echo "$start"; cat; } >input <<'END'
io /dev/mapper/thin write 0 128 1 sync
dmsetup suspend thin
dmsetup message pool 0 "new-snap 1 0"
dmsetup resume thin
io /dev/mapper/thin write 0 64 2 sync
dmsetup create snap --table "0 2097152 thin /dev/mapper/pool 1"
io /dev/mapper/thin read 0 256
io /dev/mapper/snap read 0 256
--
0 64 seed=2
64 64 seed=1
128 128 zero
0 128 seed=1
128 128 zero
END
prints

it "the pool maps its data device linearly, and is reloaded to grow"
{ echo 'dd if=/dev/zero of=$metadata_dev bs=4096 count=1'; cat; } >input <<'END'
io /dev/data write 1000 8 7
dmsetup create pool --table "0 131072 thin-pool $metadata_dev $data_dev 128 0"
io /dev/mapper/pool read 1000 8
dmsetup status pool
dmsetup reload pool --table "0 262144 thin-pool $metadata_dev $data_dev 128 0"
dmsetup resume pool
dmsetup status pool
dmsetup remove pool
--
1000 8 seed=7
0 131072 thin-pool 0 131072 7304 -
0 262144 thin-pool 0 262144 7304 -
END
prints

it "constructor: four arguments, and skip_block_zeroing with or without a count"
{ echo 'dd if=/dev/zero of=$metadata_dev bs=4096 count=1'; cat; } >input <<'END'
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 256"
dmsetup table pool
dmsetup remove pool
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 256 1 skip_block_zeroing"
dmsetup table pool
dmsetup remove pool
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 256 skip_block_zeroing"
dmsetup table pool
dmsetup remove pool
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128" 2>/dev/null
echo $?
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0 1 ignore_discard" 2>/dev/null
echo $?
--
0 131072 thin-pool 254:0 254:16 128 256 0 
0 131072 thin-pool 254:0 254:16 128 256 1 skip_block_zeroing 
0 131072 thin-pool 254:0 254:16 128 256 1 skip_block_zeroing 
1
1
END
prints

it "skip_block_zeroing leaves what the block held; otherwise it is zeroed"
cat >input <<'END'
dd if=/dev/zero of=$metadata_dev bs=4096 count=1
io /dev/data write 0 256 9
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0 1 skip_block_zeroing"
dmsetup message pool 0 "new-thin 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 8 1 sync
io /dev/mapper/thin read 0 128
dmsetup remove thin
dmsetup remove pool
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 128 8 1 sync
io /dev/mapper/thin read 128 128
--
0 8 seed=1
8 120 seed=9
128 8 seed=1
136 120 zero
END
prints

it "status: transaction id, free data sectors, free metadata sectors, held root"
{ echo "$start"; cat; } >input <<'END'
dmsetup status pool
io /dev/mapper/thin write 0 128 1 sync
dmsetup message pool 0 "trans-id 0 7"
dmsetup status pool
--
0 20971520 thin-pool 0 20971520 7216 -
0 20971520 thin-pool 7 20971392 7216 -
END
prints

it "status: the held root in sectors"
hold_root() {
  cat >scenario <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "reserve_metadata_snap"
dmsetup status pool
dmsetup remove pool
END
  succeeds thin_sim run --device /dev/meta=metadata:4m --device /dev/data=mem:10g scenario
}
hold_root
root=$(cut -d ' ' -f 7 stdout)
printf '%s\n' 'dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"' \
  'dmsetup status pool' >scenario
simulate scenario
expect_status 0
[ "$(cut -d ' ' -f 7 stdout)" = $((root * 8)) ] || fail "held root $root is shown as $(cat stdout)"

it "an event when free space drops below the mark, once"
cat >input <<'END'
dd if=/dev/zero of=$metadata_dev bs=4096 count=1
dmsetup create pool --table "0 1280 thin-pool $metadata_dev $data_dev 128 1024"
dmsetup message pool 0 "new-thin 0"
dmsetup create thin --table "0 1280 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 384 1 sync
dmsetup info pool
io /dev/mapper/thin write 384 128 1 sync
dmsetup info pool
io /dev/mapper/thin write 512 128 1 sync
dmsetup info pool
--
END
sed '/^--$/,$d' input >scenario
simulate scenario
[ "$(grep 'Event number' stdout | tr -s ' ' | cut -d ' ' -f 3 | tr '\n' ' ')" = '0 1 1 ' ] ||
  fail "events: $(grep 'Event number' stdout)"

it "messages: new-thin, new-snap, del, with ids of 32 bits"
{ echo "$start"; cat; } >input <<'END'
dmsetup message pool 0 "new-thin 4294967295"
echo $?
dmsetup message pool 0 "new-thin 4294967296" 2>/dev/null
echo $?
dmsetup message pool 0 "new-thin 0" 2>/dev/null
echo $?
dmsetup message pool 0 "new-snap 5 4294967295"
echo $?
dmsetup message pool 0 "new-snap 6 77" 2>/dev/null
echo $?
dmsetup create far --table "0 1280 thin /dev/mapper/pool 4294967295"
dmsetup table far
dmsetup message pool 0 "del 4294967295" 2>/dev/null
echo $?
dmsetup remove far
dmsetup message pool 0 "del 4294967295"
echo $?
dmsetup create far --table "0 1280 thin /dev/mapper/pool 4294967295" 2>/dev/null
echo $?
dmsetup message pool 0 "create_thin 3" 2>/dev/null
echo $?
--
0
1
1
0
1
0 1280 thin 253:0 4294967295
1
0
1
1
END
prints

it "messages: trim unmaps what lies behind the new size"
{ echo "$start"; cat; } >input <<'END'
io /dev/mapper/thin write 0 1024 1 sync
dmsetup status thin
dmsetup message pool 0 "trim 0 200"
dmsetup status thin
io /dev/mapper/thin read 0 1024
dmsetup message pool 0 "trim 9 200" 2>/dev/null
echo $?
--
0 2097152 thin 1024 1023
0 2097152 thin 256 255
0 256 seed=1
256 768 zero
1
END
prints

it "messages: trans-id fails if the current id is incorrect"
{ echo "$start"; cat; } >input <<'END'
dmsetup message pool 0 "trans-id 1 2" 2>/dev/null
echo $?
dmsetup message pool 0 "trans-id 0 2"
echo $?
dmsetup status pool
--
1
0
0 20971520 thin-pool 2 20971520 7216 -
END
prints

it "thin: implicitly resized to the target; what is truncated is lost at once"
{ echo "$start"; cat; } >input <<'END'
io /dev/mapper/thin write 0 1024 1 sync
dmsetup reload thin --table "0 300 thin /dev/mapper/pool 0"
dmsetup resume thin
dmsetup status thin
dmsetup status pool
dmsetup reload thin --table "0 4194304 thin /dev/mapper/pool 0"
dmsetup resume thin
io /dev/mapper/thin read 0 1024
--
0 300 thin 384 383
0 20971520 thin-pool 0 20971136 7216 -
0 384 seed=1
384 640 zero
END
prints

it "thin status: mapped sectors and the highest mapped sector"
{ echo "$start"; cat; } >input <<'END'
dmsetup status thin
io /dev/mapper/thin write 1280 8 1 sync
dmsetup status thin
--
0 2097152 thin 0 -
0 2097152 thin 128 1407
END
prints

it "its messages are understood by today's targets too"
cat >scenario <<'END'
dd if=/dev/zero of=/dev/meta bs=4096 count=1
dmsetup create pool --table "0 131072 thin-pool /dev/meta /dev/data 128 0"
dmsetup message pool 0 "new-thin 0 2097152"
dmsetup message pool 0 "new-snap 1 0"
dmsetup message pool 0 "trim 1 0"
dmsetup message pool 0 "trans-id 0 3"
dmsetup message pool 0 "del 1"
dmsetup message pool 0 "new-thin 16777216" 2>/dev/null
echo $?
dmsetup status pool
END
succeeds thin_sim run --device /dev/meta=mem:4m --device /dev/data=mem:1g scenario
expect_stdout '1
0 131072 thin-pool 3 112/1024 0/1024 - rw discard_passdown queue_if_no_space - 256 '
