# The shell steps of packaging/ci, taken out of its files and run as a runner would.
ci=$TESTS_DIR/../packaging/ci
mkdir bin traces
gzip -dc "$TESTS_DIR/functional/traces/ext4-fio.blktrace.0.gz" >traces/workload.blktrace.0
# Root is asked for the package alone.
cat >bin/sudo <<'END'
#!/bin/sh
echo "$@" >>sudo.log
END
chmod +x bin/sudo
PATH=$PWD/bin:$PATH
export PATH

# steps FILE: the block scalars in the order of the file, as one script.
steps() {
  awk '
    inside { match($0, /^ */)
             if (NF && RLENGTH < depth) { inside = 0; print ")" }
             else { print substr($0, depth + 1); next } }
    /^ *(- \||run: \|)$/ { match($0, /^ */); depth = RLENGTH + 2; inside = 1; print "("; next }
    END { if (inside) print ")" }' "$1"
}
# value FILE NAME: what the file sets a variable to.
value() { sed -n "s/^ *$2: \(.*\)/\1/p" "$1"; }

for file in gitlab-ci.yml github-workflow.yml; do
  it "the steps of $file"
  rm -rf replay-report sudo.log traces/baseline.json
  for name in THIN_TOOLS_PACKAGE REPLAY_TRACES REPLAY_OPTIONS REPLAY_BASELINE; do
    export "$name=$(value "$ci/$file" $name)"
    [ -n "$(value "$ci/$file" $name)" ] || fail "$file does not set $name"
  done
  export CI_COMMIT_REF_SLUG=main GITHUB_REF_NAME=main GITHUB_STEP_SUMMARY=summary
  steps "$ci/$file" >script
  [ "$(grep -c '^($' script)" -eq 3 ] || fail "not three steps: $(cat script)"
  run sh -eu script
  expect_status 0
  grep -qx "install --yes --no-install-recommends $THIN_TOOLS_PACKAGE" sudo.log ||
    grep -q "install --yes --no-install-recommends $THIN_TOOLS_PACKAGE" sudo.log ||
    fail "the package is not installed: $(cat sudo.log)"
  for made in junit.xml index.html report.json series.csv; do
    [ -s "replay-report/$made" ] || fail "$made is missing"
  done
  expect_absent replay-report/compare.html
  grep -q 'replay-report/junit.xml$' "$ci/$file" || fail "JUnit is not collected"
  grep -qE '^ *(paths: \[replay-report/\]|path: replay-report/)$' "$ci/$file" ||
    fail "the report is no artifact"

  it "$file compares with a baseline"
  cp replay-report/report.json traces/baseline.json
  rm -r replay-report
  run sh -eu script
  expect_status 0
  [ -s replay-report/compare.html ] || fail "no page of the comparison"

  it "$file fails with the verdict, and the results are there"
  rm -r replay-report
  export REPLAY_OPTIONS="--expect provisions==1"
  sed -n '1,/^)$/d;1,/^)$/p' script >replay-step
  run sh -eu replay-step
  expect_status 1
  grep -q '<failure' replay-report/junit.xml || fail "JUnit has no failure"
  grep -q 'class="bad"' replay-report/index.html || fail "the page is not red"
done
