# For the packaging tests, after functional/lib.sh: $build, the build directory, and
# Debian packages to look into.
build=$(readlink -f "$(dirname "$(command -v pdata_tools)")/..")

# unpacked PACKAGE: prints the directory where it lies unpacked. Downloads it once.
unpacked() {
  cache=${PACKAGE_CACHE:?}/$1
  if [ ! -d "$cache" ]; then
    mkdir -p "$cache.part"
    (cd "$cache.part" && apt-get download "$1" >/dev/null 2>&1 &&
      dpkg-deb -x "$1"_*.deb . && rm -f "$1"_*.deb) || { rm -rf "$cache.part"; return 1; }
    mv "$cache.part" "$cache"
  fi
  printf '%s\n' "$cache"
}

stage() { # DIR PREFIX: installs there
  run env DESTDIR="$1" cmake --install "$build" --prefix "$2"
  expect_status 0
}
