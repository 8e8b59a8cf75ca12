# thin_sim explore finds what each published fix has cured, and nothing in 6.1.
found() { # FIX INVARIANT HISTORY [OPTION...]
  fix=$1 invariant=$2 history=$3
  shift 3
  it "without $fix"
  fails thin_sim explore --jobs 2 --dialect "linux-6.1,without=$fix" "$@"
  expect_stdout_has "VIOLATED: $invariant"
  expect_stdout_has "after: $history"
}
found flush-before-commit no-stale-data 'create, fua-part 0 first'
found fua-overwrite durable-writes 'create, fua-block 0 first'
found discard-passdown-order durable-writes \
  'create-full, discard-block 0 first, fua-block 0 last'
found metadata-snap-commit counts-not-too-low 'create-full, reserve'
found refcount-underflow counts-not-too-low \
  'create-full, discard-tail 0, snap-active 0, discard-block 0 first, tick' --pool wide

it "6.1 has them all"
succeeds thin_sim explore --depth 2
expect_stdout_has "no violation"

it "6.1 acknowledges a device whose commit finds no metadata block"
fails thin_sim explore --pool tight --depth 4 --operations reserve,create,write-block
expect_stdout_has "VIOLATED: devices-present: device 1 is not there"
expect_stdout_has "after: reserve, create, write-block 0 first, create"

it "6.1 passes down a discard before the origin's new mapping is committed"
fails thin_sim explore --pool tiny --depth 5 \
  --operations create,fua-block,snap-active,write-block,discard-block
expect_stdout_has "VIOLATED: durable-writes: sectors 0+128 of device 0 hold zeroes"
expect_stdout_has \
  "after: create, fua-block 0 first, snap-active 0, write-block 0 first, discard-block 1 first"
