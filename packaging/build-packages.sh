# The Debian 12 packages that the project needs, and how to install those that
# are missing. Sourced by run-tests and quickstart (bash).

build_packages="g++ cmake ninja-build pkg-config libboost-program-options-dev libexpat1-dev
  libfmt-dev zlib1g-dev liblzma-dev libzstd-dev libxxhash-dev libncurses-dev
  nlohmann-json3-dev nbdkit-plugin-dev"
# ISA-L is made for few processors; the build does without.
case $(dpkg --print-architecture 2>/dev/null) in
  amd64 | arm64) build_packages+=" libisal-dev" ;;
esac
test_packages="$build_packages ccache libgtest-dev libgmock-dev librapidcheck-dev
  libbenchmark-dev python3 python3-jsonschema util-linux mandoc groff-base zsh fish dpkg-dev file
  nbdkit libnbd-bin e2fsprogs qemu-utils"
# Formats sources; other versions do it in other ways, so later suites do without.
format_packages="clang-format-14"
# clang 14, the default, cannot compile the ranges of this libstdc++.
fuzz_packages="clang-16 libclang-rt-16-dev"
kernel_packages="qemu-system-x86 busybox-static cpio dmsetup"

say() { printf '==> %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

missing_packages() { # PACKAGE...: those that are not installed, one a line
  local package
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s\n' "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
    sudo "$@"
  else
    return 126
  fi
}

# install_packages LOG PACKAGE...: installs what is missing; false if it cannot.
install_packages() {
  local log=$1 missing
  shift
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || {
    echo "These packages are missing, and this is not a Debian system:" $missing >&2
    return 1
  }
  say "installing" $missing
  mkdir -p "$(dirname "$log")"
  as_root true || {
    echo "Neither root nor sudo: please install" $missing >&2
    return 1
  }
  # An old list of packages is refreshed only when it turns out to be too old.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    $missing </dev/null >"$log" 2>&1 && return 0
  { as_root apt-get update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      $missing; } </dev/null >"$log" 2>&1 && return 0
  tail -n 15 "$log" >&2
  echo "apt-get could not install" $missing "(whole output: $log)" >&2
  return 1
}
