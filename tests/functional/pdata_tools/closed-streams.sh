# A caller may close the standard streams. The files that a tool opens do not take
# their places: no report is written into new metadata, none is read as input.
kernel_image snapshots pool
thin_dump pool >pool.xml

it "messages do not end up in a file that is written"
cp pool damaged
damage_block damaged 0
run sh -c 'exec thin_metadata_pack -i damaged -o packed <&- 2>&-'
expect_status 0
succeeds thin_metadata_unpack -i packed -o unpacked

it "new metadata is whole, whatever became of the report"
for tool in thin_restore thin_repair; do
  input=pool
  [ "$tool" = thin_repair ] || input=pool.xml
  for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    zeroes output 8388608
    run sh -c "exec $tool -i $input -o output $closed"
    succeeds thin_check output
    thin_dump output >output.xml
    expect_same pool.xml output.xml
  done
done

it "a closed standard input is an error, not the file that was opened first"
zeroes output 8388608
remember output
run sh -c 'exec thin_restore -i - -o output <&-'
expect_one_line_error "standard input"
expect_unchanged output

it "where nothing can be said a check still has its status"
run sh -c 'exec thin_check -q pool <&- >&- 2>&-'
expect_status 0
damage_block pool 0
run sh -c 'exec thin_check -q pool <&- >&- 2>&-'
expect_status 1

it "pdata_tools itself reports that it cannot write"
for option in --help --version "--completions bash"; do
  run sh -c "exec pdata_tools $option >/dev/full"
  expect_one_line_error "pdata_tools: Couldn't write the output"
  run sh -c "exec pdata_tools $option >&-"
  expect_one_line_error "pdata_tools: Couldn't write the output"
done
