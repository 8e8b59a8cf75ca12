# needs_check, through all that writes metadata anew: the result is without it, and that is said.
truncate -s 4M flagged
succeeds thin_generate_metadata --format -o flagged
succeeds thin_generate_metadata --create-thin 1 -o flagged
succeeds thin_generate_metadata --set-needs-check -o flagged
truncate -s 640M data

without_flag() {
  succeeds thin_check result
  expect_stderr "what to do: nothing, all is well"
  succeeds thin_dump result
  expect_stdout_has 'flags="0"'
}
said="needs_check was set: the new metadata has exact counts, and is without the flag"

it "a dump has it"
succeeds thin_dump -o flagged.xml flagged
succeeds thin_dump -f json -o flagged.json flagged
grep -q 'flags="1"' flagged.xml || fail "the dump is without the flag"

for input in flagged.xml flagged.json; do
  it "thin_restore of $input"
  truncate -s 0 result && truncate -s 4M result
  succeeds thin_restore -i $input -o result
  expect_stderr "$input: $said"
  without_flag
done

it "thin_ll_restore"
succeeds thin_ll_dump -o nodes.xml flagged
succeeds thin_ll_restore -E flagged -i nodes.xml -o result
expect_stderr_has "$said"
without_flag

it "thin_shrink --binary"
succeeds thin_shrink --binary -i flagged -o result --data data --nr-blocks 100
expect_stderr_has "$said"
without_flag

it "thin_repair"
succeeds thin_repair -i flagged -o result
expect_stdout_has "needs_check was set: the result has exact counts, and is without the flag."
without_flag
succeeds thin_repair --json -i flagged -o result
expect_stdout_has "needs_check was set"

it "where it is not set nothing is said of it"
cp result whole
for tool in "thin_repair -i whole" "thin_restore -i whole.xml"; do
  succeeds thin_dump -o whole.xml whole
  succeeds $tool -o result
  expect_stdout_lacks needs_check
  expect_stderr_lacks needs_check
done
