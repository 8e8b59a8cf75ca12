# What the pages show is what happens. In the examples of a page (.EX to .EE)
# lines that begin with "$ " are commands; the lines below are all they print, on
# either stream. A line "..." stands for any. Each page starts with these files.
fixtures() {
  kernel_image snapshots metadata.bin
  thin_dump -o pool.xml metadata.bin
  truncate -s 1G data.bin
  cat >pool.scenario <<'END'
dmsetup create pool --table "0 131072 thin-pool /dev/vda /dev/vdb 128 0"
dmsetup message /dev/mapper/pool 0 "create_thin 0"
dmsetup create thin --table "0 65536 thin /dev/mapper/pool 0"
io /dev/mapper/thin write 0 8 1 sync
dmsetup status thin
END
  printf '%s\n' 'fio version 2 iolog' '/dev/sda add' '/dev/sda open' '/dev/sda write 0 65536' \
    '/dev/sda write 1048576 4096' '/dev/sda read 0 4096' '/dev/sda close' >app.iolog
}

# Numbered pairs of files, N.command and N.expected, from a page.
split_examples() { # PAGE
  awk '
    /^\.EX/ { on = 1; next }
    /^\.EE/ { on = 0; name = ""; next }
    !on { next }
    {
      gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\\(aq/, "\047"); gsub(/\\e/, "\\")
    }
    /^# / { name = ""; next }
    /^\$ / {
      ++count
      name = sprintf("%03d", count)
      print substr($0, 3) > (name ".command")
      printf "" > (name ".expected")
      next
    }
    name != "" { print > (name ".expected") }
  ' "$1"
}

# The text with "..." standing for any lines.
matches() { # EXPECTED ACTUAL
  awk '
    FNR == NR { want[++wanted] = $0; next }
    { have[++had] = $0 }
    END {
      i = j = 1; star = 0
      while (j <= had) {
        if (i <= wanted && want[i] == "...") { star = i++; mark = j }
        else if (i <= wanted && want[i] == have[j]) { i++; j++ }
        else if (star) { i = star + 1; j = ++mark }
        else exit 1
      }
      while (i <= wanted && want[i] == "...") i++
      exit i <= wanted
    }
  ' "$1" "$2"
}

tools=" $(grep '^[a-z]' "$TESTS_DIR/../pdata-tools/tools.list" | tr '\n' ' ')"
for page in "$TESTS_DIR"/../man/*.[58]; do
  tool=$(basename "${page%.*}")
  case $tool in
    thin-metadata | pdata_tools) ;;
    *) case $tools in *" $tool "*) ;; *) continue ;; esac ;;
  esac
  mkdir "$tool"
  cd "$tool"
  fixtures
  split_examples "$page"
  for file in *.command; do
    [ -e "$file" ] || fail "$tool has no example"
    number=${file%.command}
    it "$tool: $(cat "$file")"
    run sh -c "{ $(cat "$file"); } 2>&1"
    expect_status 0
    matches "$number.expected" stdout || fail "it does not print:
$(cat "$number.expected")"
  done
  cd ..
  rm -r "$tool"
done
