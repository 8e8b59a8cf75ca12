# A report is a screen long, however much there is to say.
kernel_image many-devices pool
i=20
while [ $i -lt 600 ]; do
  damage_block pool $i
  i=$((i + 1))
done
it "findings of a kind become one line with their number"
fails thin_check pool
[ "$(wc -l <stderr)" -le 40 ] || fail "$(wc -l <stderr) lines"
expect_stderr_match '^fatal: .*: [0-9]+ more like this \(-v shows all\)$'

it "-v lists them all"
fails thin_check -v pool
expect_stderr_lacks 'more like this'
[ "$(wc -l <stderr)" -gt 60 ] || fail "only $(wc -l <stderr) lines"
