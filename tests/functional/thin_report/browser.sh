# The page in a real browser: what it shows are the numbers of the dump, on a desktop and on a
# phone, in light and in dark.
opened() { # PAGE REPORT
  for width in 1280 700 320; do
    for scheme in light dark; do
      status=0
      "$TESTS_DIR/functional/thin_report/in_browser" "$1" "$2" "$width" "$scheme" >told 2>error || status=$?
      [ "$status" -ne 77 ] || skip "NOT TESTED: no chromium that starts here (apt-get install chromium)"
      [ "$(cat told)" = 'PROBE agrees' ] || fail "$1, $width pixels, $scheme: $(cat told error)"
    done
  done
}

for name in snapshots many-devices; do
  it "$name"
  kernel_image "$name" pool
  succeeds thin_report -o page.html pool
  succeeds thin_report --json -o report.json pool
  succeeds thin_dump -o dump.xml pool
  "$TESTS_DIR/functional/thin_report/count_xml" dump.xml report.json 0 2>wrong || fail "$(cat wrong)"
  opened page.html report.json
done

it "before and after a repair"
kernel_image snapshots hurt
set -- $(thin_ll_dump hurt | sed -n '/<orphans>/q; s/.*<node blocknr="\([0-9]*\)".*/\1/p')
damage_block hurt "$4"
zeroes repaired 8388608
thin_repair -q -i hurt -o repaired
succeeds thin_report --against hurt -o both.html repaired
succeeds thin_report --against hurt --json -o both.json repaired
opened both.html both.json
