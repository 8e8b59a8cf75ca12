# For the scripts beside it: packages in a folder that goes away. Source it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack PACKAGE=VERSION...: downloads them and unpacks all into $work/root
unpack() {
  mkdir -p "$work/debs" "$work/root"
  (cd "$work/debs" && apt-get download "$@" >/dev/null 2>&1) ||
    { echo "cannot download $* (is that version still in the archive?)" >&2; exit 1; }
  local deb
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu
}

# libraries PACKAGE=VERSION...: what they need and this machine lacks, below $work/root too, in
# the versions that go with them
libraries() {
  local uri
  (cd "$work/debs" &&
    apt-get install --print-uris --yes --no-install-recommends "$@" 2>/dev/null |
      sed -n "s/^'\\([^']*\\)'.*/\\1/p" | while read -r uri; do
        /usr/lib/apt/apt-helper download-file "$uri" "$(basename "$uri")" >/dev/null 2>&1 ||
          { echo "cannot download $uri" >&2; exit 1; }
      done)
  for uri in "$work"/debs/*.deb; do dpkg-deb -x "$uri" "$work/root"; done
}

# expect WHAT SEEN EXPECTED
expect() {
  printf '%s: %s\n' "$1" "$2"
  [ "$2" = "$3" ] || { printf 'CHANGED: it was: %s\n' "$3" >&2; exit 1; }
}

# pool_with_thin SECTORS [FEATURE...]: for guests: the device thin of that size on a pool of 64 MiB over loop devices
# (files metadata and data), with blocks of 64 KiB; FEATURE... as in its table, their number first
pool_with_thin() {
  local sectors=$1
  shift
  truncate -s 4M metadata
  truncate -s 64M data
  losetup /dev/loop0 metadata
  losetup /dev/loop1 data
  dmsetup create pool --table "0 131072 thin-pool /dev/loop0 /dev/loop1 128 0 $*"
  dmsetup message pool 0 "create_thin 0"
  dmsetup create thin --table "0 $sectors thin /dev/mapper/pool 0"
}

# guest SUITE VERSION [OPTION of kernel-run | --image FILE]...: boots that kernel of Debian in QEMU (like tests/kernel, which
# says what it needs) and runs the script on standard input in it, with io and loop devices; prints what it prints.
# Programs that --file gives find the unpacked libraries.
guest() {
  local tests suite=$1 version=$2 options=() images=()
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --image) images+=("$2") && shift ;;
      *) options+=("$1") ;;
    esac
    shift
  done
  tests=$(cd "$(dirname "$0")/../tests/kernel" && pwd)
  [ -e "$work/io" ] || g++ -O1 -static -std=c++20 -o "$work/io" "$tests/io.cc"
  mkdir -p "$work/tree/unpacked"
  find "$work/root/lib/x86_64-linux-gnu" "$work/root/usr/lib/x86_64-linux-gnu" -maxdepth 1 -name '*.so*' \
    -exec cp -a {} "$work/tree/unpacked" \; 2>/dev/null || true
  { echo "export LD_LIBRARY_PATH=/unpacked" && declare -f pool_with_thin && cat; } >"$work/guest-script"
  "$tests/kernel-run" --suite "$suite" --version "$version" --cache "${THIN_KERNEL_CACHE:-$work/cache}" \
    --timeout 1800 --file "$work/io:/bin/io" --module loop --tree "$work/tree" ${options[@]+"${options[@]}"} \
    "$work/guest-script" ${images[@]+"${images[@]}"}
}

# suite NAME PACKAGE=VERSION...: those of that suite of Debian and all that they need, below $work/NAME; nothing that is
# installed on this machine is asked for or used
suite() {
  local name=$1 top=$work/apt-$1 uri deb
  shift
  mkdir -p "$top/lists/partial" "$top/archives/partial" "$work/$name"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $name main" \
    >"$top/sources.list"
  : >"$top/status"
  local apt=(-o "Dir::State=$top" -o "Dir::State::lists=$top/lists" -o "Dir::State::status=$top/status"
    -o "Dir::Cache=$top" -o "Dir::Etc::SourceList=$top/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::PreferencesParts=/dev/null -o APT::Get::Download-Only=true -o Dir::Bin::dpkg=/bin/false)
  apt-get "${apt[@]}" update >/dev/null 2>&1
  (cd "$top/archives" &&
    apt-get "${apt[@]}" install --print-uris --yes --no-install-recommends "$@" 2>/dev/null |
      sed -n "s/^'\\([^']*\\)'.*/\\1/p" | while read -r uri; do
        /usr/lib/apt/apt-helper download-file "$uri" "$(basename "$uri")" >/dev/null 2>&1
      done)
  for deb in "$top"/archives/*.deb; do
    [ -e "$deb" ] || { echo "cannot download $* of $name (is that version still in the archive?)" >&2; exit 1; }
    dpkg-deb -x "$deb" "$work/$name"
  done
}

# by_suite NAME PROGRAM ARGUMENT...: runs PROGRAM, a path below $work/NAME, with the libraries there
by_suite() {
  local root=$work/$1 program=$2
  shift 2
  "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/$program" "$@"
}
