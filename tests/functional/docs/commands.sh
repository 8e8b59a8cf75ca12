# What README.md and the guides show can be typed: shells take it, the tools have the
# options, and what stands behind a link is there.
top=$TESTS_DIR/..
tools=" $(grep '^[a-z]' "$top/pdata-tools/tools.list" | tr '\n' ' ')"

checked=0
for page in "$top/README.md" "$top"/docs/*.md; do
  name=${page#"$top/"}
  # Blocks of code are indented by four; in the middle of a list they are text.
  awk '/^$/ { blank = 1; next } /^    / && (blank || code) { code = 1; print substr($0, 5); blank = 0; next } { code = blank = 0 }' \
    "$page" | grep -v '^[{} ]' >code || true
  it "$name: a shell takes its commands"
  sed 's/^\$ //' code | grep -E '^([a-z_]+=|\./|lv|vg|dmsetup|blktrace |cmake |build/|DESTDIR=|thin_|\()' >commands || true
  sh -n commands 2>mistakes || fail "$(cat mistakes)"
  tr ';&|' '\n\n\n' <commands | sed 's/ #.*//; s/^ *//; s/^build[^ ]*\/\(thin_[a-z_]*\)/\1/' >parts
  while read -r line; do
    set -f
    set -- $line
    set +f
    [ $# -gt 0 ] || continue
    case $tools in *" $1 "*) ;; *) continue ;; esac
    tool=$1
    it "$name: $line"
    case $tool-${2-} in thin_sim-[a-z]*) "$tool" "$2" --help >help ;; *) "$tool" --help >help ;; esac
    shift
    for word; do
      case $word in
        --[a-z]*) grep -qwF -e "${word%%=*}" help || fail "$tool has no ${word%%=*}" ;;
        -[a-z]) grep -qE -e "^ +$word(,| |\$)" help || fail "$tool has no $word" ;;
      esac
      checked=$((checked + 1))
    done
  done <parts

  it "$name: what it links to"
  grep -oE '\]\([^)#:]+' "$page" | sed 's/](//' | while read -r target; do
    [ -e "$(dirname "$page")/$target" ] || fail "$target is not there"
  done
done
it "commands were found"
[ "$checked" -gt 20 ] || fail "only $checked words"

it "every tool has its exit statuses in the table"
for tool in $tools; do
  grep -qE "^\| \`$tool\` \|" "$top/docs/exit-statuses.md" || fail "docs/exit-statuses.md has no row for $tool"
done

it "docs/embedding.md shows the program that a test builds"
for file in CMakeLists.txt consumer.cc; do
  sed 's/^\(.\)/    \1/' "$top/tests/packaging/consumer/$file" >wanted
  awk -v first="$(head -n 1 wanted)" '
    FNR == NR { want[++n] = $0; next }
    { have[++m] = $0 }
    END {
      for (i = 1; i <= m; i++) if (have[i] == first) {
        for (j = 1; j <= n && have[i + j - 1] == want[j]; j++);
        exit j <= n
      }
      exit 1
    }' wanted "$top/docs/embedding.md" || fail "docs/embedding.md shows another $file"
done

it "every schema is in the table of docs/json.md"
for schema in "$top"/schema/*.schema.json; do
  name=$(basename "$schema" .schema.json)
  grep -qF "[$name](" "$top/docs/json.md" || fail "docs/json.md does not name $name"
done
