# thin_nbd --list: what there is of each device, whatever is damaged.
. "$TESTS_DIR/functional/thin_nbd/served"
make_pool

it "all devices, with what is mapped and where it ends"
succeeds thin_nbd --list --metadata-dev metadata
expect_no_stderr
expect_stdout "     DEV       MAPPED      MISSING                  END  STATE
       1            7            0               851968  whole
       2            1            0               262144  whole
       3            0            0                    0  whole"
expect_unchanged metadata

it "one device, and one that is not there"
cp stdout before
succeeds thin_nbd --list --metadata-dev metadata --dev-id 2
expect_stdout "     DEV       MAPPED      MISSING                  END  STATE
       2            1            0               262144  whole"
fails thin_nbd --list --metadata-dev metadata --dev-id 9
expect_one_line_error "the metadata has no device 9; it has 1, 2 and 3"
mv before stdout

it "the same after a repair that had nothing to do"
mv stdout before
succeeds thin_nbd --list --repair --metadata-dev metadata
expect_same before stdout

it "a device that lost its mappings"
cp metadata damaged
thin_scan metadata | sed -n 's/.*type="btree_leaf" location\(_begin\)*="\([0-9]*\)".*value_size="8".*/\2/p' >leaves
damage_block damaged "$(head -n 1 leaves)"
fails thin_nbd --list --metadata-dev damaged
expect_stdout_match "^ +1 +0 +7 +0 +damaged$"
expect_stdout_match "^ +2 +1 +0 +262144 +whole$"
expect_stderr_has "device 1: what was mapped in all virtual blocks is lost"
fails thin_nbd --list --repair --metadata-dev damaged
expect_stdout_match "^ +1 +0 +7 +\? +lost$"
expect_stdout_match "^ +2 +1 +0 +262144 +not proven$"
expect_stderr_has "device 1: LOST as a whole (7 mappings)"

it "wrong calls"
fails thin_nbd --list
expect_stderr_has "No metadata device provided."
fails thin_nbd --list --metadata-dev metadata operand
fails thin_nbd --metadata-dev metadata --dev-id 1
expect_stderr_has "No data device provided."
