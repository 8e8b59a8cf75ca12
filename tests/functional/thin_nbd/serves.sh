# Volumes of a pool as network block devices, read by the clients that people have.
. "$TESTS_DIR/functional/thin_nbd/served"
need_nbd
make_pool

it "the map of a volume is that of its mappings"
serve 1 -- nbdinfo --map --totals '$uri'
expect_stdout_match "^ *458752 .* 0 +data"
serve 1 -- nbdinfo --map '$uri'
cat >expected_map <<'END'
         0      262144    0  data
    262144      327680    3  hole,zero
    589824      131072    0  data
    720896       65536    3  hole,zero
    786432       65536    0  data
END
expect_same expected_map stdout

it "a copy is what thin_extract copies, and as sparse"
for id in 1 2 3; do
  succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id $id -o extracted
  serve $id -- nbdcopy '"$uri"' copied
  expect_same extracted copied
  [ "$(du -k copied | cut -f1)" -le 500 ] || fail "the copy is not sparse"
done

it "also when many ask at once, for pieces of any size"
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 1 -o extracted
serve 1 -- nbdcopy --connections=8 --requests=64 --request-size=4096 --no-extents '"$uri"' copied
expect_same extracted copied

it "a size that is given is the size"
serve 1 --size 2m -- nbdinfo --size '$uri'
expect_stdout 2097152
serve 1 --size 300 -- nbdcopy '"$uri"' copied
head -c 153600 extracted >head
expect_same head copied
serve 1 -- nbdinfo --size '$uri'
expect_stdout 851968

it "nothing of the pool is written"
expect_unchanged metadata data

it "several devices are several exports, the first is the default"
serve 2 --dev-id 1 -- nbdinfo --list '$uri'
expect_stdout_has 'export="2"'
expect_stdout_has 'export="1"'
expect_stdout_lacks 'export="3"'
serve 2 --dev-id 1 -- nbdinfo --size '$uri'
expect_stdout 262144
serve 2 --dev-id 1 -- nbdinfo --size '"nbd+unix:///1?socket=$unixsocket"'
expect_stdout 851968

it "without a choice all are exports, and none is the default"
serve "" -- nbdinfo --list '$uri'
for id in 1 2 3; do expect_stdout_has "export=\"$id\""; done
serve "" -- nbdcopy '"nbd+unix:///2?socket=$unixsocket"' copied
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 2 -o extracted
expect_same extracted copied
refuse "" -- nbdinfo '$uri'
refuse "" -- nbdinfo '"nbd+unix:///7?socket=$unixsocket"'
refuse 1 -- nbdinfo '"nbd+unix:///2?socket=$unixsocket"'

it "a device that is not there, data that is too short, bad parameters"
refuse 77 -- true
expect_stderr_has "the metadata has no device 77; it has 1, 2 and 3"
head -c $((40 * block)) data >short
fails thin_nbd --metadata-dev metadata --data-dev short --dev-id 1 --run true
expect_stderr_has "ends before data block 63, which is mapped"
fails thin_nbd --metadata-dev metadata --data-dev short --dev-id 2 --run "false"
expect_stderr_has "smaller than the pool: it has room for 40 data blocks, the pool has 64"
fails thin_nbd --metadata-dev metadata --data-dev data --dev-id 1 --dev-id 1
expect_stderr_has "device 1 is named twice"
fails thin_nbd --metadata-dev metadata --data-dev data --size 1m
expect_stderr_has "which device is it for?"
fails thin_nbd --metadata-dev metadata --data-dev data --dev-id 1 --size 2=1m
expect_stderr_has "for device 2, which no --dev-id names"
fails thin_nbd --metadata-dev metadata --data-dev data --lost never
expect_stderr_has "error and zeroes are known"
fails thin_nbd --metadata-dev metadata --data-dev data --nr-data-blocks 7
expect_stderr_has "none is asked for"

it "what is written goes to a copy with --cow"
refuse 1 -- nbdcopy extracted '"$uri"'
serve 1 --cow -- 'printf new >new; truncate -s 851968 new; nbdcopy new "$uri" && nbdcopy "$uri"' copied
expect_same new copied
expect_unchanged metadata data

it "an external origin is read where nothing is mapped, zeroes beyond its end"
yes "origin" | head -c 700000 >origin
serve 1 --origin origin -- nbdcopy '"$uri"' copied
succeeds thin_extract -q --metadata-dev metadata --data-dev data --dev-id 1 -o extracted
cp origin expected-volume
truncate -s 851968 expected-volume
for b in 0 1 2 3 9 10 12; do
  dd if=extracted of=expected-volume bs=$block skip=$b seek=$b count=1 conv=notrunc status=none
done
expect_same expected-volume copied
serve 1 --origin origin -- nbdinfo --map '$uri'
expect_stdout_match "^ *0 +720896 +0 +data"
expect_stdout_match "^ *720896 +65536 +3 +hole,zero"
serve 3 --origin origin -- nbdcopy '"$uri"' copied
expect_same origin copied

it "nbdkit itself takes the plugin"
plugin=$(dirname "$(command -v pdata_tools)")/nbdkit-thin-plugin.so
run nbdkit -U - -r "$plugin" metadata=metadata data=data dev=1 size=1M --run 'nbdinfo --size "$uri"'
expect_stdout 1048576
run nbdkit "$plugin" --help
expect_stdout_has "repaired=yes"
fails nbdkit -U - "$plugin" metadata=metadata data=data colour=red --run true
expect_stderr_has "unknown parameter 'colour'"
fails nbdkit -U - "$plugin" metadata=metadata --run true
expect_stderr_has "no data device is given"

it "data that is the metadata is not served"
ln -s metadata other-name
ln data same-data
for data in metadata other-name; do
  refuse 1 -- true
  expect_stderr_has "are on the same bytes"
done
data=data
refuse 1 --origin "1=$PWD/same-data" -- true
expect_stderr_has "are on the same bytes"
