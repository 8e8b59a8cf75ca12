# Free blocks of a data file become holes; nothing else changes.
kernel_image mixed-1 metadata
block=65536
blocks=16384

it "a dry run lists the free ranges and changes nothing"
truncate -s $((blocks * block)) data
succeeds thin_trim --dry-run --metadata-dev metadata --data-dev data
grep '^would discard blocks' stdout | sed 's/.* //; s/\.\./ /' >ranges
[ -s ranges ] || fail "no free ranges"
expect_stdout_match '^would discard [0-9]+ bytes: [0-9]+ free data blocks of 16384'

fill() { yes x | head -c $block | dd of=data bs=$block seek="$1" conv=notrunc status=none; } # BLOCK
block_is() { # BLOCK zero|data
  dd if=data bs=$block skip="$1" count=1 status=none | tr -d '\000' >contents
  case $2 in
    zero) [ ! -s contents ] || fail "block $1 still has data" ;;
    data) [ "$(wc -c <contents)" -eq $block ] || fail "block $1 lost data" ;;
  esac
}

it "both ends of every free range are trimmed, their neighbours are not"
{ head -n 8 ranges; tail -n 8 ranges; } | sort -un >some-ranges
while read -r begin end; do
  fill "$begin"
  fill $((end - 1))
  [ "$begin" -eq 0 ] || fill $((begin - 1))
  [ "$end" -eq $blocks ] || fill "$end"
done <some-ranges
succeeds thin_trim --metadata-dev metadata --data-dev data
expect_stdout_match '^discarded [0-9]+ bytes: [0-9]+ free data blocks of 16384'
while read -r begin end; do
  block_is "$begin" zero
  block_is $((end - 1)) zero
  [ "$begin" -eq 0 ] || block_is $((begin - 1)) data
  [ "$end" -eq $blocks ] || block_is "$end" data
done <some-ranges
[ "$(wc -c <data)" -eq $((blocks * block)) ] || fail "the size changed"

it "says nothing under -q"
succeeds thin_trim -q --metadata-dev metadata --data-dev data
expect_no_stdout
expect_no_stderr
