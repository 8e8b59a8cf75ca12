# A program that embeds the library is built against the installed tree alone.
. "$TESTS_DIR/packaging/lib.sh"

it "the library is installed"
stage "$PWD/stage" /usr
lib=$(dirname "$(find stage -name libpersistent-data.a)")
[ -f "$lib/pkgconfig/thin-tools.pc" ] || fail "no thin-tools.pc beside the archive"

cp -r "$TESTS_DIR/packaging/consumer" source

lists_and_reports() { # PROGRAM
  kernel_image snapshots metadata
  run "$1" metadata
  expect_status 0
  grep '^device' stdout >devices
  succeeds thin_ls --no-headers --format DEV,MAPPED_BLOCKS metadata
  awk '{ print "device " $1 ": " $2 " blocks" }' stdout >expected
  expect_same expected devices

  # A leaf of mappings goes: the rest is listed, the damage reported.
  printf '\377' | dd of=metadata bs=1 seek=$((416 * 4096 + 2048)) conv=notrunc status=none
  run "$1" metadata
  expect_status 1
  grep -q 'block 416: bad checksum' stdout || fail "the damage is not named"
  run "$1" /dev/null
  expect_status 1
  grep -q "^Not a block device" stderr || fail "the error is not printed"
}

it "find_package(thin-tools) is all that a CMake project needs"
run cmake -S source -B build -DCMAKE_PREFIX_PATH="$PWD/stage/usr"
expect_status 0
run cmake --build build
expect_status 0
lists_and_reports build/consumer

it "pkg-config thin-tools is all that a makefile needs"
command -v pkg-config >/dev/null || skip "pkg-config is not there"
flags=$(PKG_CONFIG_SYSROOT_DIR=$PWD/stage PKG_CONFIG_PATH=$lib/pkgconfig \
  pkg-config --cflags --libs thin-tools) || fail "pkg-config does not know it"
run ${CXX:-c++} -std=c++20 source/consumer.cc -o consumer $flags
expect_status 0
lists_and_reports ./consumer

it "each public header can be included alone"
find stage/usr/include/thin-tools -name '*.h' | while read -r header; do
  echo "#include \"${header#stage/usr/include/thin-tools/}\"" >alone.cc
  c++ -std=c++20 -fsyntax-only -Istage/usr/include/thin-tools alone.cc || fail "$header needs more"
done
