# A block device in use is refused, except for its metadata snapshot.
[ "$(id -u)" -eq 0 ] || skip "only root makes loop devices"
kernel_image metadata-snapshot pool
loop=$(losetup --find --show pool 2>/dev/null) || skip "no loop device can be made"
trap 'losetup -d "$loop"' EXIT
it "a block device is checked"
succeeds thin_check "$loop"
succeeds thin_check --auto-repair "$loop"

it "one in use is not"
command -v python3 >/dev/null || skip "python3 keeps the device open"
python3 -c "
import os, sys, time
os.open('$loop', os.O_RDWR | os.O_EXCL)
open('held', 'w').close()
time.sleep(60)" &
holder=$!
trap 'kill $holder; wait $holder || true; losetup -d "$loop"' EXIT
while [ ! -e held ]; do kill -0 $holder || fail "the device cannot be held"; sleep 0.1; done
for option in '' --auto-repair --clear-needs-check-flag; do
  run thin_check $option "$loop"
  expect_one_line_error "$loop" 'busy' '-m'
done
it "its snapshot is"
succeeds thin_check -m "$loop"
