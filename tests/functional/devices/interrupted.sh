# A tool that a signal ends leaves no file beside its output, and the output as it was.
truncate -s 64M pool.metadata
succeeds thin_generate_metadata --format -o pool.metadata --devices 4 --mappings 300000
succeeds thin_dump -o pool.xml pool.metadata
truncate -s 1G data
mkdir out

# interrupted SIGNAL COMMAND...: begun again until the signal meets it while it writes.
interrupted() {
  signal=$1
  shift
  caught=
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    printf 'as it was' >out/result
    prepare
    command_line="$* ($signal)"
    # A shell has what it puts into the background ignore SIGINT.
    env --default-signal "$@" >stdout 2>stderr </dev/null &
    tool=$!
    while ! grep -q '^State:.Z' /proc/$tool/status; do
      case $(echo out/*) in *result.* | *.partial) break ;; esac
    done
    kill -s "$signal" $tool 2>/dev/null || true
    status=0
    wait $tool || status=$?
    [ "$(ls out)" = result ] || fail "there is more than the output: $(ls out)"
    [ $status -ne 0 ] || continue
    caught=yes
    break
  done
  [ -n "$caught" ] || fail "no signal came before the end"
  expect_as_it_was
}

prepare() { :; }
expect_as_it_was() { [ "$(cat out/result)" = 'as it was' ] || fail "the output was changed"; }
for signal in INT TERM HUP QUIT; do
  it "text, ended by SIG$signal"
  interrupted $signal thin_dump -o out/result pool.metadata
done

it "a pack"
interrupted TERM thin_metadata_pack -i pool.metadata -o out/result -f

it "a volume that is copied"
cat >volume.xml <<'END'
<superblock uuid="" time="0" transaction="1" flags="0" version="2" data_block_size="128" nr_data_blocks="4096">
  <device dev_id="1" mapped_blocks="4096" transaction="0" creation_time="0" snap_time="0">
    <range_mapping origin_begin="0" data_begin="0" length="4096" time="0"/>
  </device>
</superblock>
END
truncate -s 1M volume.metadata
succeeds thin_restore -q -i volume.xml -o volume.metadata
yes 'contents' | head -c 268435456 >volume.data
prepare() { rm -f out/volume; }
interrupted INT thin_migrate -q --metadata-dev volume.metadata --data-dev volume.data --dev-id 1 \
  --dest-file out/volume

it "new metadata in the place of old"
kernel_image snapshots old.metadata
truncate -s 64M old.metadata
prepare() { cp --sparse=always old.metadata out/result; }
expect_as_it_was() { expect_same old.metadata out/result; }
interrupted TERM thin_restore -i pool.xml -o out/result
interrupted INT thin_repair -i pool.metadata -o out/result

it "what is not interrupted takes the place, its owner and its permissions"
chmod 640 out/result
prepare
succeeds thin_restore -q -i pool.xml -o out/result
[ "$(stat -c %a out/result)" = 640 ] || fail "other permissions: $(stat -c %a out/result)"
succeeds thin_check -q out/result
[ "$(ls out)" = result ] || fail "there is more than the output: $(ls out)"
[ "$(stat -c %s out/result)" = "$(stat -c %s old.metadata)" ] || fail "another size"
