#!/usr/bin/env bash
# thin-provisioning-tools 1.1.0 (Debian 13): what has changed, by the metadata of dm-era that was restored from a
# logical dump?
#
# Expected: the same as before. era_dump --logical folds the write sets into the array of eras, and its page says that
#   this is the form to process; era_restore takes it, era_check passes.
# Seen: nothing: era_invalidate --written-since 2 prints an empty list with status 0, where it printed blocks 0 and 2
#   before. It looks into the array only for eras that are older than the oldest write set, and there is none any more.
#   era_invalidate of 0.9.0 prints blocks 0 and 2 for both.
# So: a copy that is brought up to date by that list stays as it was. Restore from a dump without --logical.
. "$(dirname "$0")/lib.sh"
unpack thin-provisioning-tools=0.9.0-2
libraries thin-provisioning-tools=0.9.0-2
older() { "$work/root/usr/sbin/pdata_tools" "$@"; }
newer() { by_suite trixie usr/sbin/pdata_tools "$@"; }
LD_LIBRARY_PATH= suite trixie thin-provisioning-tools=1.1.0-4+b1
export -n LD_LIBRARY_PATH

# As era_dump prints what Linux 6.1 wrote: a write to block 1, a checkpoint, writes to blocks 0 and 2.
cat >"$work/era.xml" <<'END'
<superblock uuid="" block_size="128" nr_blocks="4" current_era="2">
  <writeset era="2" nr_bits="4">
    <bit block="0" value="true"/>
    <bit block="1" value="false"/>
    <bit block="2" value="true"/>
    <bit block="3" value="false"/>
  </writeset>
  <era_array>
    <era block="0" era="0"/>
    <era block="1" era="1"/>
    <era block="2" era="0"/>
    <era block="3" era="0"/>
  </era_array>
</superblock>
END
truncate -s 4M "$work/first" "$work/second"
newer era_restore -i "$work/era.xml" -o "$work/first" >/dev/null
newer era_dump --logical "$work/first" >"$work/logical.xml"
newer era_restore -i "$work/logical.xml" -o "$work/second" >/dev/null
newer era_check "$work/second" >/dev/null

changed() { "$1" era_invalidate --written-since 2 "$2" | tr -d ' \n'; }
expect "1.1.0" "$(changed newer "$work/first")" '<blocks><blockblock="0"/><blockblock="2"/></blocks>'
expect "0.9.0, from the logical dump" "$(changed older "$work/second")" \
  '<blocks><blockblock="0"/><blockblock="2"/></blocks>'
expect "1.1.0, from the logical dump" "$(changed newer "$work/second")" '<blocks></blocks>'
