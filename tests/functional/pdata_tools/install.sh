# What `cmake --install` lays down for a distribution.
build=$(dirname "$(command -v pdata_tools)")/..

it "installs below DESTDIR, with a relative link for each tool"
run env DESTDIR="$PWD/stage" cmake --install "$build" --prefix /usr
expect_status 0
grep '^[a-z]' "$TESTS_DIR/../pdata-tools/tools.list" >tools
while read -r tool; do
  [ "$(readlink "stage/usr/sbin/$tool")" = pdata_tools ] || fail "no link for $tool"
  succeeds "stage/usr/sbin/$tool" --version
done <tools

it "with all man pages"
for page in "$TESTS_DIR"/../man/*.[58]; do
  [ -e "$page" ] || continue
  section=${page##*.}
  expect_same "$page" "stage/usr/share/man/man$section/${page##*/}"
done

it "and no other programs"
find stage ! -type d ! -path "stage/usr/share/*" ! -path "stage/usr/lib/dracut/*" \
  ! -path "stage/usr/lib*/thin-tools/boot/pdata_tools" ! -path "stage/usr/include/*" \
  ! -path "stage/usr/lib*/cmake/*" ! -path "stage/usr/lib*/pkgconfig/*" \
  ! -name "libpersistent-data.a" ! -path "stage/usr/lib*/nbdkit/plugins/nbdkit-thin-plugin.so" | sed 's|.*/||' | sort >installed
{ cat tools; echo pdata_tools; } | sort >expected_files
expect_same expected_files installed
