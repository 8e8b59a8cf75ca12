# Progress is for terminals that can wipe a line, and is gone at the end.
command -v script >/dev/null || skip "script makes the terminal"
kernel_image mixed-0 pool
thin_dump -o pool.xml pool
truncate -s "$(stat -c %s pool)" out
half=$(($(stat -c %s pool.xml) / 2))
mkfifo slow

# restore_on TERMINAL: while it waits for the second half, progress is due.
restore_on() {
  { head -c "$half" pool.xml; sleep 1; tail -c "+$((half + 1))" pool.xml; } >slow &
  TERM=$1 script -qec "thin_restore -i slow -o out" typescript >shown 2>&1 </dev/null || fail "status $?"
  wait
}

it "a terminal"
restore_on xterm
grep -qF 'reading' shown || fail "nothing was shown"
[ "$(tail -c 4 shown | od -A n -t x1 | tr -d ' \n')" = 0d1b5b4b ] || fail "the line is still there"

it "one that is dumb"
restore_on dumb
[ ! -s shown ] || fail "something was shown: $(cat shown)"
