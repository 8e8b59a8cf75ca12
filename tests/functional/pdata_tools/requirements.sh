# The table of requirements in README.md names tests that exist.
readme=$TESTS_DIR/functional/README.md
sed -n 's/^|.*|\(.*\)|$/\1/p' "$readme" | grep -o '`[^`]*/[^`]*`' | tr -d '`' | sort -u >named
it "it names tests"
[ "$(wc -l <named)" -gt 30 ] || fail "only $(wc -l <named) names"
while read -r name; do
  it "it names $name"
  case $name in
    unit:*'*') [ -d "$TESTS_DIR/unit/$(dirname "${name#unit:}")" ] || fail "no such folder" ;;
    unit:*) [ -f "$TESTS_DIR/unit/${name#unit:}.cc" ] || fail "no such unit test" ;;
    kernel/*) [ -f "$TESTS_DIR/$name.sh" ] || fail "no such kernel test" ;;
    common/*.list) [ -f "$TESTS_DIR/functional/$name" ] || fail "no such list" ;;
    *) [ -f "$TESTS_DIR/functional/$name.sh" ] || fail "no such case" ;;
  esac
done <named
