# Volumes by the names and sizes that an LVM2 backup has for them.
. "$TESTS_DIR/functional/thin_nbd/served"
lvm=$TESTS_DIR/functional/lvm
gzip -dc "$lvm/four.metadata.gz" >metadata
gzip -dc "$lvm/external.metadata.gz" >external
truncate -s 1G data external-data

it "--list has them"
succeeds thin_nbd --list --metadata-dev metadata --lvm "$lvm/four.vg"
expect_no_stderr
expect_stdout_match "STATE +NAME$"
for name in one snap two gone; do expect_stdout_match " whole +$name$"; done

it "a backup of another time is told of"
fails thin_nbd --list --metadata-dev metadata --lvm "$lvm/removed.vg"
expect_stderr_has "they are not of one time"

need_nbd
it "they are exports, with the sizes that LVM2 has"
serve one --lvm "$lvm/four.vg" -- nbdinfo --size '$uri'
expect_stdout 33554432
serve one --lvm "$lvm/four.vg" --dev-id snap --size snap=1m -- nbdinfo --list '$uri'
expect_stdout_has 'export="one"'
expect_stdout_has 'export="snap"'
expect_stdout_match 'description: thin device [0-9]+ \(snap\)'
expect_stdout_match 'export-size: 1048576 '
serve "" --lvm "$lvm/four.vg:vg/pool" -- nbdinfo --size '"nbd+unix:///two?socket=$unixsocket"'
expect_stdout 67108864

it "names that are not there"
refuse three --lvm "$lvm/four.vg" -- true
expect_stderr_has "'three' for '--dev-id': neither a device id nor a volume of vg/pool"
refuse one -- true
expect_stderr_has "names need --lvm"

it "nbdkit itself takes names"
plugin=$(dirname "$(command -v pdata_tools)")/nbdkit-thin-plugin.so
run nbdkit -U - -r "$plugin" metadata=metadata data=data lvm="$lvm/four.vg" name=two \
  --run 'nbdinfo --size "$uri"'
expect_stdout 67108864
fails nbdkit -U - -r "$plugin" metadata=metadata data=data lvm="$lvm/four.vg" name=three --run true
expect_stderr_has "neither a device id nor a volume of vg/pool"

it "a volume with an external origin wants that"
metadata=external
refuse external --lvm "$lvm/external.vg" -- true
expect_stderr_match "\(external\) has the external origin '[a-z]+'"
serve external --lvm "$lvm/external.vg" --origin external-data -- nbdinfo --size '$uri'
