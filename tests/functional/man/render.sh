# Every page is rendered without a warning, by mandoc and by groff.
command -v mandoc >/dev/null || skip "mandoc is not there"
for page in "$TESTS_DIR"/../man/*.[578]; do
  it "mandoc on ${page##*/}"
  mandoc -T lint -W warning "$page" >warnings 2>&1 || true
  [ ! -s warnings ] || fail "$(cat warnings)"
done

it "what pages refer to is there, or belongs to another project"
cat >others <<'END'
biosnoop(8)
blkparse(1)
blktrace(8)
dd(1)
ddrescue(1)
dmsetup(8)
fio(1)
fstrim(8)
lvchange(8)
lvconvert(8)
lvcreate(8)
lvm(8)
lvmthin(7)
lvs(8)
nbd-client(8)
nbdcopy(1)
nbdinfo(1)
nbdkit(1)
perf-script(1)
qemu-img(1)
sh(1)
trace-cmd-report(1)
vgcfgbackup(8)
END
for page in "$TESTS_DIR"/../man/*.[578]; do
  mandoc -T ascii "$page" | sed 's/.\x08//g' | tr -s ' \n' '\n' |
    sed -n 's/.*\([^a-z_-]\|^\)\([a-z][a-z_-]*([1-9])\).*/\2/p'
done | sort -u >referred
while read -r name; do
  section=${name##*\(}
  [ -f "$TESTS_DIR/../man/${name%%\(*}.${section%)}" ] || grep -qxF "$name" others ||
    fail "there is no page $name"
done <referred
[ -s referred ] || fail "no references found"

command -v groff >/dev/null || skip "groff is not there"
for page in "$TESTS_DIR"/../man/*.[578]; do
  it "groff on ${page##*/}"
  groff -t -man -ww -T utf8 "$page" >/dev/null 2>warnings
  [ ! -s warnings ] || fail "$(cat warnings)"
done
