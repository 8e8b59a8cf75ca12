#!/usr/bin/env bash
# LVM2 2.03.16 (Debian 12): with which options is thin_check run when a pool is activated?
#
# Expected: as the shipped lvm.conf shows it, -q --clear-needs-check-flag, and the same for
#   caches, whose check has the same flag.
# Seen: the comment in lvm.conf shows both options and calls the value an automatic default,
#   but the program's own default is -q alone; for caches it is both. The option was a
#   decision of the build, taken by the version of thin_check found then, and none was.
# So: after an error a thin pool stays read-only through every activation, however often it
#   is checked, until somebody sets global/thin_check_options or clears the flag by hand. A
#   cache does not.
. "$(dirname "$0")/lib.sh"
unpack lvm2=2.03.16-2 libaio1=0.3.113-4 libdevmapper1.02.1=2:1.02.185-2 \
  libdevmapper-event1.02.1=2:1.02.185-2 libedit2=3.1-20221030-2
export LVM_SYSTEM_DIR=$work/root/etc/lvm LVM_SUPPRESS_FD_WARNINGS=1
default_of() { "$work/root/sbin/lvm" lvmconfig --typeconfig default "$1" | sed 's/^# *//'; }

expect "lvm.conf says" \
  "$(sed -n 's/^[[:space:]]*# \(thin_check_options = .*\)/\1/p' "$work/root/etc/lvm/lvm.conf")" \
  'thin_check_options = [ "-q", "--clear-needs-check-flag" ]'
expect "the program's default" "$(default_of global/thin_check_options)" 'thin_check_options=["-q"]'
expect "for caches" "$(default_of global/cache_check_options)" \
  'cache_check_options=["-q","--clear-needs-check-flag"]'
