# The scenarios of tests/functional/kernel-rules on a kernel: what it prints is what the simulator
# needs: thin_sim
# prints for that version. (compare-scenarios compares bytes as well.) By default the machine's kernel
# is tried; THIN_KERNELS="6.1 6.12 7.2 7.3" names others, which Debian's suites have.
. "$HERE/lib.sh"
scenarios=$HERE/../functional/kernel-rules

# The order decides what `dmsetup targets` lists first.
boot_options=
for module in dm_flakey dm_log_writes dm_snapshot dm_delay dm_zero; do
  boot_options="$boot_options --module $module"
done
boot_options="$boot_options --icount --timeout 3000"

rm -f ./*.scenario
for path in "$scenarios"/*.sh; do
  cp "$path" "$(basename "$path" .sh).scenario"
done
for path in "$scenarios"/*.sh.gz; do
  gzip -dc "$path" >"$(basename "$path" .sh.gz).scenario"
done
# One reads what was never written: it comes first, while the disks are new.
names="striped $(ls ./*.scenario | sed 's|./||; s|.scenario$||' | grep -vx striped)"

{
  echo 'uname -r'
  for name in $names; do
    echo "echo '== $name'"
    echo "sh /$name.scenario"
    # One of them leaves a device that its own table holds open.
    echo 'dmsetup remove_all -f >/dev/null 2>&1'
    echo 'dmsetup remove_all >/dev/null 2>&1'
  done
} >all

# The disks of functional/thin_sim/kernel-rules.sh, as QEMU has them.
make_disks() {
  rm -f ./*.image
  truncate -s 8M a.image
  truncate -s 256M c.image
  truncate -s 2G b.image d.image e.image f.image g.image h.image i.image
}

try_kernel() {
  make_disks
  boot all a.image b.image c.image d.image,logical_block_size=4096,physical_block_size=4096 \
    e.image,max-discard-sectors=64 f.image,discard_granularity=1048576 \
    g.image,discard_granularity=32768,max-discard-sectors=2048 h.image,discard=off \
    i.image,physical_block_size=4096,min_io_size=16384,opt_io_size=1048576
  release=$(head -n 1 guest)
  case $release in
    6.1.*) version=6.1 ;;
    6.12.*) version=6.12 ;;
    7.2.*) version=7.2 ;;
    7.3.*) version=7.3 ;;
    *)
      echo "SKIPPED: Linux $release is not simulated" >&2
      exit 77
      ;;
  esac
  echo "on Linux $release"
  for name in $names; do
    section "$name" >kernel.out
    rm -f sim.metadata
    thin_sim run --kernel $version --device /dev/vda=sim.metadata:8m --device /dev/vdb=mem:2g \
      --device /dev/vdc=mem:256m --device /dev/vdd=mem:2g,logical=4096 \
      --device /dev/vde=mem:2g,discard-max=32k --device /dev/vdf=mem:2g,discard=1m \
      --device /dev/vdg=mem:2g,discard=32k,discard-max=1m --device /dev/vdh=mem:2g,discard=none \
      --device /dev/vdi=mem:2g,physical=4096,min-io=16k,opt-io=1m "$name.scenario" >sim.out 2>/dev/null ||
      fail "thin_sim run $name ended with status $?"
    same_output kernel.out sim.out
  done
  rm -f ./*.image
}

for kernel in ${THIN_KERNELS:-default}; do
  case $kernel in
    default) suite= ;;
    6.1) suite=bookworm ;;
    6.12) suite=trixie ;;
    7.2) suite=sid ;;
    7.3) suite=trixie-backports ;;
    *) fail "no suite is known to have Linux $kernel" ;;
  esac
  [ -n "$suite" ] || { try_kernel; continue; }
  THIN_KERNEL_SUITE=$suite THIN_KERNEL_VERSION=$kernel
  export THIN_KERNEL_SUITE THIN_KERNEL_VERSION
  try_kernel
done
