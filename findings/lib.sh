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

# over_nvme DEVICE: for guests with the module nvme-loop: /dev/nvme0n1 is that device, as nvmet exports it
over_nvme() {
  local top=/sys/kernel/config/nvmet host=11111111-2222-3333-4444-555555555555
  grep -q configfs /proc/mounts || mount -t configfs configfs /sys/kernel/config
  mkdir "$top/subsystems/thin" "$top/subsystems/thin/namespaces/1" "$top/ports/1"
  echo 1 >"$top/subsystems/thin/attr_allow_any_host"
  echo -n "$1" >"$top/subsystems/thin/namespaces/1/device_path"
  echo 1 >"$top/subsystems/thin/namespaces/1/enable"
  echo loop >"$top/ports/1/addr_trtype"
  ln -s "$top/subsystems/thin" "$top/ports/1/subsystems/thin"
  echo "transport=loop,nqn=thin,hostid=$host,hostnqn=nqn.2014-08.org.nvmexpress:uuid:$host" >/dev/nvme-fabrics
  while ! [ -b /dev/nvme0n1 ]; do sleep 1; done
}

# over_scsi DEVICE: for guests with the modules tcm_loop, target_core_iblock and sd_mod: /dev/sda is that device, as LIO exports it
# with emulate_tpu=1
over_scsi() {
  local top=/sys/kernel/config/target port=loopback/naa.5001405000000001/tpgt_1
  grep -q configfs /proc/mounts || mount -t configfs configfs /sys/kernel/config
  mkdir -p "$top/core/iblock_0/thin"
  echo "udev_path=$1" >"$top/core/iblock_0/thin/control"
  echo 1 >"$top/core/iblock_0/thin/enable"
  echo 1 >"$top/core/iblock_0/thin/attrib/emulate_tpu"
  mkdir -p "$top/$port/lun/lun_0"
  echo naa.5001405000000002 >"$top/$port/nexus"
  ln -s "$top/core/iblock_0/thin" "$top/$port/lun/lun_0/port"
  while ! [ -b /dev/sda ]; do sleep 1; done
  sleep 1
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
  { echo "export LD_LIBRARY_PATH=/unpacked" && declare -f pool_with_thin over_nvme over_scsi && cat; } >"$work/guest-script"
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
      done) || true  # the next line says so
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

# programs NAME PROGRAM...: in the guests to come these programs of that suite are /NAME/PROGRAM, with the libraries that are there
programs() {
  local name=$1 root=$work/$1 program path library
  local loader=usr/lib64/ld-linux-x86-64.so.2 tree=$work/tree/$1
  shift
  mkdir -p "$tree/parts"
  cp -L "$root/$loader" "$tree/parts/loader"
  for program; do
    path=$(find "$root" -path '*bin/*' -name "$program" | head -n 1)
    cp -L "$path" "$tree/parts"
    "$root/$loader" --library-path "$root/usr/lib/x86_64-linux-gnu" --list "$path" |
      sed -n 's/.* => \(.*\) (0x.*/\1/p' | while read -r library; do
      cp -L "$library" "$tree/parts"
    done
    printf '#!/bin/sh\nexec /%s/parts/loader --library-path /%s/parts /%s/parts/%s "$@"\n' \
      "$name" "$name" "$name" "$program" >"$tree/$program"
  done
}
