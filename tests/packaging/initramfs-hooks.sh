# The hooks put a binary that works, with its links, into an initramfs.
. "$TESTS_DIR/packaging/lib.sh"
command -v chroot >/dev/null && [ "$(id -u)" -eq 0 ] || skip "not root: nothing can be run in an image"

boot_tools=
for tool in thin_check thin_dump thin_repair thin_restore; do
  ! grep -qx "$tool" "$TESTS_DIR/../pdata-tools/tools.list" || boot_tools="$boot_tools $tool"
done

# The image holds the tools below $2, one small binary for all, and it runs there.
expect_image() { # IMAGE SBIN
  [ -f "$1$boot/pdata_tools" ] && [ ! -L "$1$boot/pdata_tools" ] || fail "no pdata_tools in the image"
  for tool in $boot_tools; do
    [ "$(readlink "$1$2/$tool")" = "$boot/pdata_tools" ] || fail "no link for $tool in the image"
    run chroot "$1" "$2/$tool" --version
    expect_status 0
    expect_stdout "$(cat "$TESTS_DIR/../VERSION")"
  done
  kernel_image fresh "$1/metadata.bin"
  run chroot "$1" "$2/thin_check" -q /metadata.bin
  expect_status 0
}

# Installed for real in the one place that the hook names: a bind mount would
# need rights that tests lack, so the path is one below the scratch directory.
prefix=$PWD/usr
stage "" "$prefix"
hook=$prefix/share/initramfs-tools/hooks/thin-tools
boot=$(sed -n 's/^boot=//p' "$hook")

it "initramfs-tools: the hook runs after that of the other package"
succeeds "$hook" prereqs
expect_stdout "thin-provisioning-tools"

it "initramfs-tools: its tree has tools and libraries"
tree=$(unpacked initramfs-tools-core) || skip "initramfs-tools-core cannot be downloaded"
sed "s|/usr/share/initramfs-tools/hook-functions|$PWD/functions|" "$hook" >hook
grep -q "$PWD/functions" hook || fail "the hook does not use the package's functions"
{ cat "$tree/usr/share/initramfs-tools/hook-functions"
  echo 'manual_add_modules() { echo "$@" >>"$DESTDIR/modules"; }'; } >functions
# mkinitramfs begins with the links of the merged /usr.
mkdir -p image/usr
for dir in bin sbin lib lib64; do
  mkdir "image/usr/$dir"
  ln -s "usr/$dir" "image/$dir"
done
for round in first again; do
  run env DESTDIR="$PWD/image" verbose=n version=6.1 sh hook
  expect_status 0
done
expect_image "$PWD/image" "$prefix/sbin"
run chroot image "$boot/pdata_tools" thin_sim --version
[ "$status" -ne 0 ] || fail "the image has the simulator"
grep -qx dm-thin-pool image/modules || fail "the kernel module is missing"

it "dracut: the module's image has tools and libraries"
tree=$(unpacked dracut-core) || skip "dracut-core cannot be downloaded"
"$tree/usr/lib/dracut/dracut-install" --help >/dev/null 2>&1 || skip "dracut-install does not run here"
cat >driver <<END
export dracutbasedir=$tree/usr/lib/dracut DRACUT_INSTALL=$tree/usr/lib/dracut/dracut-install
export initdir=$PWD/dracut-image DRACUT_RESOLVE_DEPS=1 kernel=6.1 hostonly= moddir=91thin-tools
export stdloglvl=4 sysloglvl=0 fileloglvl=0 kmsgloglvl=0 maxloglvl=4 DRACUT_NO_XATTR=1
. "\$dracutbasedir/dracut-init.sh"
instmods() { printf '%s\n' "\$@" >>"\$initdir/modules"; }
. $prefix/lib/dracut/modules.d/91thin-tools/module-setup.sh
check && depends && installkernel && install
END
run bash driver
expect_status 0
expect_image "$PWD/dracut-image" "$prefix/sbin"
grep -qx dm-thin-pool dracut-image/modules || fail "the kernel module is missing"

it "dracut: an image for a machine without a thin pool goes without"
mkdir -p empty/sys/block
run bash -c ". $prefix/lib/dracut/modules.d/91thin-tools/module-setup.sh
  require_binaries() { :; }; hostonly=y dracutsysrootdir=$PWD/empty check; [ \$? -eq 255 ]"
expect_status 0
