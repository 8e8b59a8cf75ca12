# How the sides are named, and what is said of mistakes.
kernel_image snapshots pool
it "both sides are needed"
fails thin_delta --snap2 45 pool
expect_no_stdout
head -n 1 stderr | grep -q '^--snap1 not specified\.' || fail "$(head -n 1 stderr)"
expect_stderr_has '--thin1 or --root1 not specified'
fails thin_delta --snap1 45 pool
head -n 1 stderr | grep -q '^--snap2 not specified\.' || fail "$(head -n 1 stderr)"
fails thin_delta --thin1 0 --thin2 1
head -n 1 stderr | grep -q '^No input device provided\.' || fail "$(head -n 1 stderr)"

it "a device that is not there, or is no number"
fails thin_delta --thin1 0 --thin2 77 pool
expect_one_line_error 'Unable to find mapping tree for snap2 (77)'
fails thin_delta --thin1 x --thin2 1 pool
expect_stderr_has "'x'"
fails thin_delta --thin1 -1 --thin2 1 pool
fails thin_delta --thin1 0 --root1 7 --thin2 1 pool
expect_stderr_has root1

it "--snap is --thin"
succeeds thin_delta --thin1 0 --thin2 3 pool
expect_no_stderr
mv stdout thin.xml
succeeds thin_delta --snap1=0 --snap2 3 pool
expect_same thin.xml stdout

it "the same device on both sides"
kernel_image sequential pool
succeeds thin_delta --thin1 0 --thin2 0 pool
expect_stdout '<superblock uuid="" time="0" transaction="0" data_block_size="128" nr_data_blocks="16384">
  <diff left="0" right="0">
    <same begin="0" length="1500"/>
  </diff>
</superblock>'

it "roots"
mapping_root=$(od -A n -t u8 -j 320 -N 8 pool | tr -d ' ')
device_root=$(od -A n -t u8 -j $((mapping_root * 4096 + 32 + 252 * 8)) -N 8 pool | tr -d ' ')
succeeds thin_delta --root1 "$device_root" --root2 "$device_root" pool
expect_stdout_has "<diff left_root=\"$device_root\" right_root=\"$device_root\">"
expect_stdout_has '    <same begin="0" length="1500"/>'
succeeds thin_delta --thin1 0 --root2 "$device_root" pool
expect_stdout_has "<diff left=\"0\" right_root=\"$device_root\">"
fails thin_delta --root1 99999 --thin2 0 pool
expect_stderr_has 'beyond the metadata device'

it "-m compares within the metadata snapshot"
kernel_image metadata-snapshot held
succeeds thin_delta --thin1 0 --thin2 1 held
fails thin_delta -m --thin1 0 --thin2 1 held
expect_stderr_has 'snap2 (1)'
succeeds thin_delta --metadata-snap --thin1 0 --thin2 0 held
expect_stdout_lacks different

it "damage ends it"
kernel_image snapshots pool
damage_block pool 1722
succeeds thin_delta --thin1 3 --thin2 4 pool
expect_no_stderr
fails thin_delta --thin1 0 --thin2 2 pool
expect_stderr_has 'mapping tree of device 2, block 1722: bad checksum'
expect_stdout_lacks '</diff>'
