# The Debian packages are made, installed before and after thin-provisioning-tools, and go
# away again. dpkg works on a root of its own.
. "$TESTS_DIR/packaging/lib.sh"
command -v dpkg-shlibdeps >/dev/null || skip "dpkg-dev is not there"
[ "$(id -u)" -eq 0 ] || skip "dpkg needs root to unpack"
version=$(cat "$TESTS_DIR/../VERSION")

make_package() { # NAME OPTION...
  package=$1
  shift
  run cpack --config "$build/CPackConfig.cmake" -B "$PWD/out" "$@"
  expect_status 0
  deb=$(ls out/"${package}_${version}"_*.deb) || fail "no package $package"
}

# The other package, with programs that only it has.
other_package() { # VERSION
  mkdir -p other/DEBIAN other/usr/sbin other/usr/share/man/man8
  cat >other/DEBIAN/control <<END
Package: thin-provisioning-tools
Version: $1
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: stands for the other package
END
  printf '#!/bin/sh\necho %s\n' "$1" >other/usr/sbin/pdata_tools
  chmod 755 other/usr/sbin/pdata_tools
  for tool in thin_check thin_dump thin_metadata_size cache_check era_check; do
    ln -sf pdata_tools "other/usr/sbin/$tool"
  done
  echo "the page of $1" | gzip -9n >other/usr/share/man/man8/thin_check.8.gz
  dpkg-deb --root-owner-group -b other "other-$1.deb" >/dev/null
}
other_package 0.9.0
other_package 1.1.0

new_root() {
  rm -rf root
  mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers
  : >root/var/lib/dpkg/status
}
in_root() { # dpkg argument...: the machine's libraries and shell are not in that root
  run dpkg --root="$PWD/root" --force-depends --force-script-chrootless --log=/dev/null "$@"
  expect_status 0
}
state_of() { dpkg-query --admindir=root/var/lib/dpkg -W -f '${db:Status-Status}' "$1" 2>/dev/null; }
says() { # TOOL VERSION
  [ "$(root/usr/sbin/"$1" --version)" = "$2" ] || fail "$1 says '$(root/usr/sbin/"$1" --version)'"
}
expect_both() { # VERSION-OF-THE-OTHER
  [ "$(state_of thin-tools)" = installed ] || fail "thin-tools is '$(state_of thin-tools)'"
  [ "$(state_of thin-provisioning-tools)" = installed ] || fail "the other package is gone"
  says thin_check "$version"
  says thin_repair "$version"
  says cache_check "$1"
  says era_check "$1"
  zgrep -q 'thin_check' root/usr/share/man/man8/thin_check.8.gz || fail "the man page is not ours"
}
expect_other_alone() { # VERSION
  says thin_check "$1"
  says cache_check "$1"
  zgrep -qx "the page of $1" root/usr/share/man/man8/thin_check.8.gz || fail "its man page is not back"
  [ ! -e root/usr/sbin/thin_repair ] || fail "thin_repair is still there"
  ! find root/usr -name '*thin-provisioning-tools*' ! -type d | grep . || fail "a name is still aside"
}

it "the package is made, depends on what it is linked with, and takes nothing away"
make_package thin-tools
dpkg-deb -I "$deb" >control
for line in '^ Depends: .*libc6' '^ Recommends: thin-provisioning-tools$' '^ Description: check'; do
  grep -q "$line" control || fail "the control file lacks '$line'
$(cat control)"
done
! grep -E '^ (Replaces|Provides):|^ Conflicts: .*provisioning' control || fail "it takes the other's place"
dpkg-deb -I "$deb" conffiles >conffiles 2>/dev/null || : >conffiles
[ ! -s conffiles ] || fail "it has configuration files"
unpacked=$(dpkg-deb --fsys-tarfile "$deb" | wc -c)
claimed=$(sed -n 's/^ Installed-Size: //p' control)
[ "$claimed" -gt 0 ] && [ "$claimed" -le $((unpacked / 1024 + 256)) ] ||
  fail "Installed-Size: $claimed KiB for $unpacked bytes"

it "installed after the other package, removed"
new_root
in_root -i other-0.9.0.deb
in_root -i "$deb"
expect_both 0.9.0
in_root -r thin-tools
expect_other_alone 0.9.0
in_root -P thin-tools
expect_other_alone 0.9.0

it "installed before it, with an upgrade of either in either order"
new_root
in_root -i "$deb"
says thin_check "$version"
in_root -i other-0.9.0.deb
expect_both 0.9.0
in_root -i "$deb"
expect_both 0.9.0
in_root -i other-1.1.0.deb
expect_both 1.1.0
in_root -i "$deb"
in_root -r thin-tools
expect_other_alone 1.1.0

it "alone, and gone without a trace"
new_root
in_root -i "$deb"
for path in usr/share/initramfs-tools/hooks/thin-tools usr/share/man/man8/thin_check.8.gz \
  usr/lib/dracut/modules.d/91thin-tools/module-setup.sh usr/lib/thin-tools/boot/pdata_tools \
  usr/share/bash-completion/completions/thin_check usr/share/doc/thin-tools/copyright; do
  [ -s "root/$path" ] || fail "$path is missing"
done
grep -qx 'sbin=/usr/sbin' root/usr/share/initramfs-tools/hooks/thin-tools ||
  fail "the hook looks elsewhere"
in_root -r thin-tools
find root ! -type d ! -path 'root/var/lib/dpkg/*' >left
[ ! -s left ] || fail "left behind: $(cat left)"

it "where the other package goes first, ours stays whole"
new_root
in_root -i other-0.9.0.deb
in_root -i "$deb"
in_root -r thin-provisioning-tools
says thin_check "$version"
in_root -r thin-tools
find root ! -type d ! -path 'root/var/lib/dpkg/*' >left
[ ! -s left ] || fail "left behind: $(cat left)"

it "the package to go beside the other one leaves it alone"
make_package thin-tools-beside -D THIN_PACKAGE_BESIDE=ON
new_root
in_root -i other-0.9.0.deb
in_root -i "$deb"
says thin_check 0.9.0
[ "$(root/usr/lib/thin-tools/sbin/thin_check --version)" = "$version" ] || fail "ours is missing"
[ -s root/usr/share/man/man8/thin_check.8thin-tools.gz ] || fail "the man page is missing"
[ -s root/usr/share/man/man8/thin_sim.8.gz ] || fail "the man page of thin_sim is missing"
grep -qx 'sbin=/usr/lib/thin-tools/sbin' root/usr/share/initramfs-tools/hooks/thin-tools ||
  fail "the hook looks elsewhere"
in_root -r thin-tools-beside
says thin_check 0.9.0
