# What the pages show is what happens. In the examples of a page (.EX to .EE)
# lines that begin with "$ " are commands; the lines below are all they print, on
# either stream. A line "..." stands for any. Each page starts with these files.
fixtures() {
  kernel_image snapshots metadata.bin
  thin_dump -o pool.xml metadata.bin
  truncate -s 1G data.bin
  gzip -dc "$TESTS_DIR/functional/lvm/external.metadata.gz" >lvm.bin
  cp "$TESTS_DIR/functional/lvm/removed.vg" vg
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
for page in "$TESTS_DIR"/../man/*.[578]; do
  tool=$(basename "${page%.*}")
  case $tool in
    thin-* | thin_sim-* | pdata_tools) ;;
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

# Lines that begin with "# " are for root on a machine that has the devices; what can be
# known here is that a shell takes them and that the options exist.
for page in "$TESTS_DIR"/../man/*.[578]; do
  awk '
    /^\.EX/ { on = 1; next }
    /^\.EE/ { on = 0; next }
    !on { next }
    { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\\(aq/, "\047"); gsub(/\\e/, "\\") }
    /^# / { line = substr($0, 3); while (line ~ /\\$/) { getline; gsub(/\\-/, "-"); sub(/\\$/, "", line); line = line $0 } print line }
  ' "$page" >root-commands
  while read -r line; do
    it "${page##*/}: # $line"
    printf '%s\n' "$line" >root-command
    sh -n root-command 2>mistakes || fail "$(cat mistakes)"
    set -f
    set -- $line
    set +f
    case $tools in *" $1 "*) ;; *) continue ;; esac
    tool=$1
    # A command of thin_sim has options of its own.
    case $tool-$2 in thin_sim-[a-z]*) "$tool" "$2" --help >help ;; *) "$tool" --help >help ;; esac
    shift
    for word; do
      case $word in
        --[a-z]*) grep -qwF -e "${word%%=*}" help || fail "$tool has no ${word%%=*}" ;;
        -[a-z]) grep -qE -e "^ +$word(,| |\$)" help || fail "$tool has no $word" ;;
      esac
    done
  done <root-commands
done
