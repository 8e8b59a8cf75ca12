# The Debian packages install and go away again, one in place of another package of
# these tools and one beside it. dpkg works on a root of its own.
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

# A root with nothing but dpkg's own files, and a package that has our names.
new_root() {
  rm -rf root
  mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers
  : >root/var/lib/dpkg/status
  mkdir -p other/DEBIAN other/usr/sbin
  cat >other/DEBIAN/control <<'END'
Package: thin-provisioning-tools
Version: 0.9.0-2
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: stands for the other package
END
  printf '#!/bin/sh\necho 0.9.0\n' >other/usr/sbin/pdata_tools
  chmod 755 other/usr/sbin/pdata_tools
  ln -sf pdata_tools other/usr/sbin/thin_check
  dpkg-deb --root-owner-group -b other other.deb >/dev/null
  in_root -i other.deb
}
in_root() { # dpkg argument...: the libraries of the machine are not in that root
  run dpkg --root="$PWD/root" --force-depends --log=/dev/null "$@"
  expect_status 0
}
state_of() { dpkg-query --admindir=root/var/lib/dpkg -W -f '${db:Status-Status}' "$1" 2>/dev/null; }

it "the package is made, and depends on what it is linked with"
make_package thin-tools
dpkg-deb -I "$deb" >control
for line in '^ Depends: .*libc6 .*libisal2' '^ Provides: thin-provisioning-tools (= ' \
  '^ Conflicts: thin-provisioning-tools' '^ Replaces: thin-provisioning-tools'; do
  grep -q "$line" control || fail "the control file lacks '$line'
$(cat control)"
done
dpkg-deb -I "$deb" conffiles >conffiles 2>/dev/null || : >conffiles
[ ! -s conffiles ] || fail "it has configuration files"

it "it takes the place of the other package"
new_root
in_root -i "$deb"
[ "$(state_of thin-tools)" = installed ] || fail "it is '$(state_of thin-tools)'"
case $(state_of thin-provisioning-tools) in
  installed) fail "the other package is still there" ;;
esac
[ "$(root/usr/sbin/thin_check --version)" = "$version" ] || fail "thin_check is not ours"
for path in usr/share/initramfs-tools/hooks/thin-tools usr/share/man/man8/thin_check.8 \
  usr/lib/dracut/modules.d/91thin-tools/module-setup.sh \
  usr/share/bash-completion/completions/thin_check usr/share/doc/thin-tools/copyright; do
  [ -s "root/$path" ] || [ -s "root/$path.gz" ] || fail "$path is missing"
done
grep -qx 'sbin=/usr/sbin' root/usr/share/initramfs-tools/hooks/thin-tools ||
  fail "the hook looks elsewhere"

it "and goes away without a trace"
in_root -r thin-tools
find root ! -type d ! -path 'root/var/lib/dpkg/*' >left
[ ! -s left ] || fail "left behind: $(cat left)"

it "the package to go beside the other one leaves it alone"
make_package thin-tools-beside -D THIN_PACKAGE_BESIDE=ON
new_root
in_root -i "$deb"
[ "$(state_of thin-provisioning-tools)" = installed ] || fail "the other package is gone"
[ "$(root/usr/sbin/thin_check --version)" = 0.9.0 ] || fail "its thin_check is gone"
[ "$(root/usr/lib/thin-tools/sbin/thin_check --version)" = "$version" ] || fail "ours is missing"
grep -qx 'sbin=/usr/lib/thin-tools/sbin' root/usr/share/initramfs-tools/hooks/thin-tools ||
  fail "the hook looks elsewhere"
in_root -r thin-tools-beside
[ "$(root/usr/sbin/thin_check --version)" = 0.9.0 ] || fail "the other thin_check went with it"
