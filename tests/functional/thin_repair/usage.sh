# Mistakes in the call leave the output as it is.
kernel_image fresh pool.metadata
truncate -s 8M result
remember result pool.metadata

it "wants an input"
fails thin_repair -o result
expect_stderr_has 'No input file provided.'

it "wants an output"
fails thin_repair -i pool.metadata
expect_stderr_has 'No output file provided.'

it "refuses to overwrite its input, by whatever name"
ln -s pool.metadata alias
fails thin_repair -i pool.metadata -o alias
expect_unchanged pool.metadata

ln pool.metadata hard
for other in hard ./alias "$PWD/pool.metadata" /proc/self/cwd/hard; do
  fails thin_repair -i pool.metadata -o "$other"
  expect_one_line_error 'Input and output are the same'
  expect_unchanged pool.metadata
done

it "nor by a loop device that stands on it"
if loop=$(losetup --find --show pool.metadata 2>/dev/null); then
  trap 'losetup -d "$loop"' EXIT
  fails thin_repair -i pool.metadata -o "$loop"
  expect_one_line_error 'Input and output are the same'
  fails thin_repair -i "$loop" -o pool.metadata
  expect_one_line_error 'Input and output are the same'
  expect_unchanged pool.metadata
  losetup -d "$loop"
  trap - EXIT
fi

it "refuses roots that the device does not have"
remember result
for root in mapping details; do
  fails thin_repair --$root-root 99999999 -i pool.metadata -o result
  expect_one_line_error "--$root-root" 99999999
  expect_unchanged result
done

it "refuses an output that is too small"
truncate -s 4096 small
fails thin_repair -i pool.metadata -o small
expect_stderr_has 'too small'

it "refuses XML"
echo '<superblock uuid="" time="0" transaction="0">' >pool.xml
head -c 8192 /dev/zero >>pool.xml
fails thin_repair -i pool.xml -o result
expect_unchanged result

it "refuses what holds no metadata"
garbage noise 1048576
fails thin_repair -i noise -o result
expect_stderr_has 'bad checksum in superblock'
expect_unchanged result

it "refuses a data block size that no pool can have"
fails thin_repair --data-block-size 100 -i pool.metadata -o result
expect_stderr_has 'invalid data block size'
expect_unchanged result

it "lists roots and writes nothing"
succeeds thin_repair --list-roots -i pool.metadata
expect_stdout_match "^  block 6: 0 device.*superblock's$"
expect_stdout_match '^chosen where nothing is said: mapping root 6, details root [0-9]+$'

it "says which roots it takes, without a superblock the same"
kernel_image snapshots lost
succeeds thin_repair --list-roots -i lost
chosen=$(tail -n 1 stdout)
dd if=/dev/zero of=lost bs=4096 count=1 conv=notrunc status=none
succeeds thin_repair --list-roots -i lost
expect_stdout_has "$chosen"
