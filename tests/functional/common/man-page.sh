# The man page names every option as --help does, and no other.
# A tool's options are under OPTIONS; those of its command X under OPTIONS OF X.
page=$TESTS_DIR/../man/$TOOL.8
command -v mandoc >/dev/null || skip "mandoc is not there"

# The tags of a section's option list.
options_of_page() { # SECTION
  mandoc -T html "$page" | tr -s ' \n' ' ' | sed 's/<\(h1\|dt\)/\n<\1/g; s/<\/\(h1\|dt\)>/&\n/g' |
    awk -v wanted="$1" '
      /^<h1/ { gsub(/<[^>]*>/, ""); on = $0 == wanted }
      on && /^<dt/ { gsub(/<[^>]*>/, ""); if (/^-/) print }' | sort
}
options_of_help() { # the file stdout
  sed -n '/^Options:/,/^$/s/^  *\(-.*\)/\1/p' stdout | sed 's/  .*//' | sort
}
same_options() {
  diff in_help in_page >difference || fail "< help, > page:
$(cat difference)"
}

it "there is a page, for section 8"
[ -f "$page" ] || fail "man/$TOOL.8 is missing"
grep -q "^\.TH $(echo "$TOOL" | tr a-z A-Z) 8 " "$page" || fail "its title is another one"
grep -q "^$TOOL \\\\- " "$page" || fail "its name is another one"

it "its options are those of $TOOL --help"
succeeds "$TOOL" --help
options_of_help >in_help
[ -s in_help ] || fail "no options found in the help"
options_of_page OPTIONS >in_page
same_options

sed -n '/^Commands:/,$s/^  *'"$TOOL"' \([a-z]*\) .*/\1/p' stdout >commands
while read -r name; do
  it "its options of $name are those of $TOOL $name --help"
  succeeds "$TOOL" "$name" --help
  options_of_help >in_help
  options_of_page "OPTIONS OF $(echo "$name" | tr a-z A-Z)" >in_page
  same_options
done <commands

it "it says what the exit statuses mean"
for section in "EXIT STATUS" EXAMPLES "SEE ALSO"; do
  grep -qE "^\.SH \"?$section\"?$" "$page" || fail "no section $section"
done
