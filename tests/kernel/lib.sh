# What the kernel tests are written with (POSIX sh); README.md explains.
# CMake passes the directory of the tools (BIN), the guest's io (IO), the kernel
# cache (THIN_KERNEL_CACHE) and this directory (HERE).

: "${BIN:?}" "${IO:?}" "${HERE:?}"
PATH=$BIN:$HERE:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

skip() {
  printf 'SKIPPED: %s\n' "$*" >&2
  exit 77
}

# fetch_nbd_client: $client, a tree with nbd-client for the guest; downloaded and unpacked once.
fetch_nbd_client() {
  client=$THIN_KERNEL_CACHE/nbd-client
  if [ ! -d "$client" ]; then
    rm -rf "$client.part"
    mkdir -p "$client.part"
    (cd "$client.part" && apt-get download nbd-client libnl-3-200 libnl-genl-3-200 >/dev/null 2>&1) ||
      skip "nbd-client cannot be downloaded"
    for package in "$client.part"/*.deb; do
      dpkg-deb -x "$package" "$client.part"
      rm "$package"
    done
    rm -rf "$client.part/usr/share" "$client.part/lib/systemd" "$client.part/etc"
    mv "$client.part" "$client"
  fi
}

# fetch_lvm: $lvm, a tree with LVM2 of this suite and what it is linked with for the guest, and
# $library_path in it; downloaded and unpacked once, not installed.
fetch_lvm() {
  lvm=$THIN_KERNEL_CACHE/lvm2
  if [ ! -d "$lvm" ]; then
    rm -rf "$lvm.part"
    mkdir -p "$lvm.part"
    missing=$(apt-get install --simulate --no-install-recommends lvm2 2>/dev/null |
      sed -n 's/^Inst \([^ ]*\) .*/\1/p')
    (cd "$lvm.part" && apt-get download $(printf '%s\n' lvm2 libdevmapper-event1.02.1 $missing |
      sort -u) >/dev/null 2>&1) || skip "lvm2 cannot be downloaded"
    for package in "$lvm.part"/*.deb; do
      dpkg-deb -x "$package" "$lvm.part"
      rm "$package"
    done
    rm -rf "$lvm.part/usr/share" "$lvm.part/lib/systemd" "$lvm.part/lib/udev"
    mv "$lvm.part" "$lvm"
  fi
  library_path=$(find "$lvm" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
}

# choose_seed: $seed, from the environment (SEED=N repeats a run), in continuous
# integration from the commit, so that a red build can be repeated; else drawn anew.
choose_seed() {
  seed=${SEED:-}
  if [ -z "$seed" ] && [ -n "${CI:-}" ]; then
    commit=$(git -C "$HERE" rev-parse --short=7 HEAD 2>/dev/null || true)
    seed=${commit:+$((0x$(printf %.7s "$commit")))}
  fi
  seed=${seed:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
  printf 'seed %s (SEED=%s repeats this run)\n' "$seed" "$seed"
}

# The three devices of scenario I (1, 2, 3) in the guest: $metadata $data $origin.
name_devices() {
  set -- $(printf '%s\n' 'vda vdb vdc' 'vdd vde vdf' 'vdg vdh vdi' | sed -n "$1p")
  metadata=/dev/$1 data=/dev/$2 origin=/dev/$3
}

# make_devices PREFIX: zeroed images PREFIX.metadata, PREFIX.data, PREFIX.origin.
make_devices() {
  rm -f "$1.metadata" "$1.data" "$1.origin"
  truncate -s 8M "$1.metadata"
  truncate -s 2G "$1.data"
  truncate -s 256M "$1.origin"
}

# boot SCRIPT IMAGE...: runs it on the kernel; standard output goes to the file
# `guest`. Every *.scenario file of the current directory is in the guest's /.
# $boot_options are further options of kernel-run.
boot() {
  script=$1
  shift
  boot_images=$*
  set --
  for file in *.scenario; do
    [ ! -e "$file" ] || set -- "$@" --file "$file:/$file"
  done
  boot_status=0
  kernel-run --file "$IO:/bin/io" ${boot_options:-} "$@" "$script" $boot_images >guest 2>guest.messages ||
    boot_status=$?
  [ "$boot_status" -ne 77 ] || { cat guest.messages >&2; exit 77; }
  [ "$boot_status" -eq 0 ] || {
    tail -n 40 guest.messages >&2
    fail "the guest ended with status $boot_status"
  }
}

# compare_on_kernels ARGUMENT...: compare-scenarios on the machine's kernel (or on $THIN_KERNEL_VERSION), or on each of
# $THIN_KERNELS; then it ends, with the status of the test.
compare_on_kernels() {
  compared=0
  for kernel in ${THIN_KERNELS:-${THIN_KERNEL_VERSION:-default}}; do
    kernel_status=0
    "$HERE/compare-scenarios" $([ "$kernel" = default ] || echo "--kernel $kernel") --timeout 1600 "$@" ||
      kernel_status=$?
    [ "$kernel_status" -ne 77 ] || exit 77
    [ "$kernel_status" -eq 0 ] || compared=1
  done
  exit "$compared"
}

# section N: the part of `guest` that scenario N printed.
section() { awk -v want="== $1" '/^== /{on = $0 == want; next} on' guest; }

# simulate PREFIX SCENARIO OUTPUT: runs it in the simulator on images PREFIX.*.
# The guest's other disks are declared too: their order decides device numbers.
simulate() {
  prefix=$1 scenario=$2 output=$3
  set --
  for letter in a b c d e f g h i; do
    case /dev/vd$letter in
      "$metadata") set -- "$@" --device "$metadata=$prefix.metadata" ;;
      "$data") set -- "$@" --device "$data=$prefix.data" ;;
      "$origin") set -- "$@" --device "$origin=$prefix.origin" ;;
      *) set -- "$@" --device "/dev/vd$letter=mem:8s" ;;
    esac
  done
  thin_sim run --kernel "${THIN_KERNEL_VERSION:-6.1}" "$@" "$scenario" >"$output" || fail "thin_sim run $scenario ended with status $?"
}

# same_output and same_bytes EXPECTED ACTUAL: what the kernel left, and what we did.
same_output() {
  diff "$1" "$2" >difference && return
  head -n 20 difference >&2
  fail "$2 is not what the kernel printed ($1)"
}
same_bytes() {
  cmp -s "$1" "$2" && return
  cmp -l "$1" "$2" | awk '{print int(($1 - 1) / 4096)}' | uniq -c | head -n 20 |
    sed 's/ *\([0-9]*\) \(.*\)/  block \2: \1 bytes differ/' >&2
  fail "$2 differs from what the kernel left ($1)"
}

# reading_scenario XML: a script for the guest that activates the pool with metadata
# on device $1 and data on /dev/vdb, and reads whatever XML, its dump, maps.
reading_scenario() {
  awk -F'"' '
    function attribute(name,   i) {
      for (i = 1; i < NF; i += 2) if ($i ~ "[ <]" name "=$") return $(i + 1)
    }
    function finish() {
      if (device == "") return
      printf "dmsetup create thin --table \"0 %d thin /dev/mapper/pool %s\"\n", end * block, device
      printf "echo device %s\nio /dev/mapper/thin - <<REQUESTS\n%sREQUESTS\ndmsetup remove thin\n", \
        device, requests
    }
    function add(begin, length_) {
      requests = requests sprintf("read %d %d\n", begin * block, length_ * block)
      end = begin + length_
    }
    /<superblock/ {
      block = attribute("data_block_size")
      printf "dmsetup create pool --table \"0 %d thin-pool $1 /dev/vdb %d 0 1 read_only\"\n", \
        attribute("nr_data_blocks") * block, block
    }
    /<device / { finish(); device = attribute("dev_id"); requests = ""; end = 1 }
    /<range_mapping/ { add(attribute("origin_begin"), attribute("length")) }
    /<single_mapping/ { add(attribute("origin_block"), 1) }
    END { finish(); print "dmsetup remove pool" }
  ' "$1"
}
