# For the scripts beside it: packages in a folder that goes away. Source it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# unpack PACKAGE=VERSION...: downloads them and unpacks all into $work/root
unpack() {
  mkdir -p "$work/debs" "$work/root"
  (cd "$work/debs" && apt-get download "$@" >/dev/null 2>&1) ||
    { echo "cannot download $* (is that version still in the archive?)" >&2; exit 1; }
  local deb
  for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/root"; done
  export LD_LIBRARY_PATH=$work/root/lib/x86_64-linux-gnu:$work/root/usr/lib/x86_64-linux-gnu
}

# libraries PACKAGE=VERSION...: what they need and this machine lacks, below $work/root too, in
# the versions that go with them
libraries() {
  local uri
  (cd "$work/debs" &&
    apt-get install --print-uris --yes --no-install-recommends "$@" 2>/dev/null |
      sed -n "s/^'\\([^']*\\)'.*/\\1/p" | while read -r uri; do
        /usr/lib/apt/apt-helper download-file "$uri" "$(basename "$uri")" >/dev/null 2>&1 ||
          { echo "cannot download $uri" >&2; exit 1; }
      done)
  for uri in "$work"/debs/*.deb; do dpkg-deb -x "$uri" "$work/root"; done
}

# expect WHAT SEEN EXPECTED
expect() {
  printf '%s: %s\n' "$1" "$2"
  [ "$2" = "$3" ] || { printf 'CHANGED: it was: %s\n' "$3" >&2; exit 1; }
}
