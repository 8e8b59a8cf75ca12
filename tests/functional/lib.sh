# What a functional test case is written with (POSIX sh); README.md explains.
#
# The case runs in an empty scratch directory, with the tools in PATH and
# nothing on standard input. The first unmet expectation ends it.

: "${CASE_FILE:?run the case with run-case or ctest}"

title=$(basename "$CASE_FILE")
command_line='(nothing was run yet)'
status=0

# it TEXT: says what the following lines show; part of a failure's message.
it() { title=$1; }

fail() {
  {
    printf 'FAILED: %s\n  after: %s\n' "$title" "$command_line"
    printf '  %s\n' "$*"
    for stream in stdout stderr; do
      [ -s "$stream" ] || continue
      printf '  %s (status %s):\n' "$stream" "$status"
      head -n 20 "$stream" | sed 's/^/    | /'
    done
  } >&2
  exit 1
}

# skip REASON: the case cannot run here; ctest shows it as skipped.
skip() {
  printf 'SKIPPED: %s\n' "$*" >&2
  exit 77
}

# run COMMAND...: runs it; leaves $status and the files stdout and stderr.
# A tool of this project ends with 0 or 1, whatever happens to it.
run() { run_with_input /dev/null "$@"; }

# run_with_input FILE COMMAND...: the same with FILE on standard input.
run_with_input() {
  input_file=$1
  shift
  command_line=$*
  status=0
  "$@" >stdout 2>stderr <"$input_file" || status=$?
  case $status in
    0 | 1) ;;
    *) fail "exit status is neither 0 nor 1" ;;
  esac
}

# as_nobody COMMAND...: to put after run: without root's right to open anything.
as_nobody() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  else
    setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
  fi
}

# Skips the case where such a user could not even start the tool.
need_nobody() {
  chmod 755 .
  as_nobody pdata_tools --version >/dev/null 2>&1 ||
    skip "an unprivileged user cannot run the tools from this directory"
}

expect_status() { [ "$status" -eq "$1" ] || fail "exit status is $status, not $1"; }
succeeds() { run "$@"; expect_status 0; }
fails() { run "$@"; expect_status 1; }

expect_no_stdout() { [ ! -s stdout ] || fail "standard output is not empty"; }
expect_no_stderr() { [ ! -s stderr ] || fail "standard error is not empty"; }

# The whole stream is TEXT and a newline.
expect_stdout() { expect_text stdout "$1"; }
expect_stderr() { expect_text stderr "$1"; }
expect_text() {
  printf '%s\n' "$2" >expected
  diff expected "$1" >difference || fail "$1 is not as expected:
$(cat difference)"
}

# The stream has TEXT somewhere (literally).
expect_stdout_has() { grep -qF -e "$1" stdout || fail "standard output lacks '$1'"; }
expect_stderr_has() { grep -qF -e "$1" stderr || fail "standard error lacks '$1'"; }
expect_stdout_lacks() { ! grep -qF -e "$1" stdout || fail "standard output has '$1'"; }
expect_stderr_lacks() { ! grep -qF -e "$1" stderr || fail "standard error has '$1'"; }
# A line of the stream matches the extended regular expression.
expect_stdout_match() { grep -qE -e "$1" stdout || fail "no line of standard output matches '$1'"; }
expect_stderr_match() { grep -qE -e "$1" stderr || fail "no line of standard error matches '$1'"; }

# An environment error: nothing on stdout, one line on stderr that has each WORD.
expect_one_line_error() {
  expect_status 1
  expect_no_stdout
  [ "$(wc -l <stderr)" -eq 1 ] || fail "standard error is not one line"
  for word; do expect_stderr_has "$word"; done
}

expect_same() { cmp "$1" "$2" >difference 2>&1 || fail "$(cat difference)"; }
expect_different() { ! cmp -s "$1" "$2" || fail "$1 and $2 are the same"; }
expect_absent() { [ ! -e "$1" ] || fail "$1 exists"; }

# remember FILE...; later expect_unchanged FILE... compares contents.
remember() {
  for file; do cp "$file" "$file.remembered"; done
}
expect_unchanged() {
  for file; do cmp -s "$file" "$file.remembered" || fail "$file was changed"; done
}

# Input files.
kernel_image() { gzip -dc "$TESTS_DIR/functional/kernel-images/$1.metadata.gz" >"$2"; } # NAME FILE
kernel_images() { # the names of all images
  for path in "$TESTS_DIR"/functional/kernel-images/*.metadata.gz; do
    basename "$path" .metadata.gz
  done
}
zeroes() { head -c "$2" /dev/zero >"$1"; } # FILE BYTES
garbage() { # FILE BYTES: the same bytes every time
  yes "$(awk 'BEGIN {
    x = 1
    for (i = 0; i < 5003; i++) { x = (x * 16807) % 2147483647; printf "%c", 33 + x % 94 }
  }')" | head -c "$2" >"$1"
}
# poke FILE OFFSET OCTAL...: overwrites bytes, given as printf escapes ('\377').
poke() {
  poked=$1 offset=$2
  shift 2
  printf "$*" | dd of="$poked" bs=1 seek="$offset" conv=notrunc status=none
}
# damage_block FILE BLOCK: bytes of a 4096-byte block are lost; its checksum breaks, and they stand
# in the sector of the checksum, which no older copy can replace.
damage_block() { poke "$1" $(($2 * 4096 + 256)) '\245\132\245\132'; }
