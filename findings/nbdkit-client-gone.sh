#!/usr/bin/env bash
# nbdkit 1.32.5 (Debian 12): a client goes away while requests of it are under way, as nbdcopy does
#   at the first read that fails.
#
# Expected: the connection ends, the server goes on.
# Seen: the server aborts, with any plugin that answers several requests at once:
#   connections.c: raw_send_socket: Assertion `sock >= 0' failed.
# So: with several clients one that gives up takes the others' server away. Copies that may meet
#   reads which fail want --synchronous (nbdcopy), qemu-img convert --salvage, or a server that is
#   started again.
. "$(dirname "$0")/lib.sh"
unpack nbdkit=1.32.5-1 libnbd-bin=1.14.2-1 libnbd0=1.14.2-1
plugins=$(echo "$work"/*/usr/lib/*/nbdkit)
export PATH=$(echo "$work"/*/usr/bin):$PATH

aborts() { # OPTION...: of ten copies, whether the server aborted in any
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    nbdkit -U - --filter="$plugins/filters/nbdkit-error-filter.so" \
      "$plugins/plugins/nbdkit-pattern-plugin.so" 1G error-pread-rate=10% \
      --run "nbdcopy $* \"\$uri\" null:" >"$work/log" 2>&1 || true
    ! grep -q 'raw_send_socket: Assertion' "$work/log" || { echo yes; return; }
  done
  echo no
}
expect "the server aborts: many requests at once" "$(aborts)" yes
expect "the server aborts: one after the other" "$(aborts --synchronous)" no
