# Two roles on the same bytes are refused before a byte has changed, by whatever names: every pair
# of roles of every tool, of which one changes bytes.
. "$TESTS_DIR/functional/devices/roles.inc"

# A and B are names of one file. What is in it does not matter: nothing has looked into it yet.
pairs() { # A B
  a=$1 b=$2
  refused thin_trim --metadata-dev "$a" --data-dev "$b"
  refused thin_shrink --binary -i "$a" -o other --data "$b" --nr-blocks 50
  refused thin_shrink --binary -i "$a" -o "$b" --data data --nr-blocks 50
  refused thin_shrink --binary -i other -o "$a" --data "$b" --nr-blocks 50
  refused thin_shrink --binary -i "$a" -o other --data data --nr-blocks 50 --journal "$b"
  refused thin_shrink --binary -i other -o "$a" --data data --nr-blocks 50 --journal "$b"
  refused thin_shrink --binary -i other -o spare --data "$a" --nr-blocks 50 --journal "$b"
  refused thin_shrink --no-copy --binary -i "$a" -o "$b" --data data --nr-blocks 50
  refused thin_shrink -i "$a" -o "$b" --data data --nr-blocks 50
  refused thin_shrink -i pool.xml -o "$a" --data "$b" --nr-blocks 50
  refused thin_shrink -i "$a" -o spare --data "$b" --nr-blocks 50
  refused thin_shrink -i "$a" -o spare --data data --nr-blocks 50 --journal "$b"
  refused thin_extract --metadata-dev "$a" --data-dev data --dev-id 1 -o "$b"
  refused thin_extract --metadata-dev other --data-dev "$a" --dev-id 1 -o "$b"
  refused thin_repair -i "$a" -o "$b"
  refused thin_dump -o "$b" "$a"
  refused thin_dump -r -o "$b" "$a"
  refused thin_dump -m -o "$b" "$a"
  refused thin_scan -o "$b" "$a"
  refused thin_ll_dump -o "$b" "$a"
  refused thin_ll_restore -E "$a" -i nodes.xml -o "$b"
  refused thin_ll_restore -E other -i "$a" -o "$b"
  refused thin_restore -i "$a" -o "$b"
  refused thin_metadata_pack -f -i "$a" -o "$b"
  refused thin_metadata_unpack -f -i "$a" -o "$b"
  refused thin_report -o "$b" "$a"
  refused thin_report --against "$a" -o "$b" other
  refused thin_send --dev 1 -o "$b" "$a" data
  refused thin_send --dev 1 -o "$b" other "$a"
  refused thin_migrate --metadata-dev "$a" --data-dev data --dev-id 1 --dest-dev "$b"
  refused thin_migrate --metadata-dev other --data-dev "$a" --dev-id 1 --dest-dev "$b"
  refused thin_receive -i "$a" "$b"
  refused thin_receive -i "$a" --state "$b" new
  refused thin_receive -i stream --state "$a" "$b"
}
# Both are read, and cannot be what they are called.
parts_of_a_pool() { # A B
  a=$1 b=$2
  refused thin_extract --metadata-dev "$a" --data-dev "$b" --dev-id 1 -o new
  refused thin_send --dev 1 -o new "$a" "$b"
  refused thin_migrate --metadata-dev "$a" --data-dev "$b" --dev-id 1 --dest-file new
  refused thin_trim --dry-run --metadata-dev "$a" --data-dev "$b"
  refused thin_shrink --dry-run --binary -i "$a" -o spare --data "$b" --nr-blocks 50
}
few_pairs() { # A B
  a=$1 b=$2
  parts_of_a_pool "$a" "$b"
  refused thin_trim --metadata-dev "$a" --data-dev "$b"
  refused thin_shrink -i pool.xml -o "$a" --data "$b" --nr-blocks 50
  refused thin_shrink -i "$a" -o spare --data data --nr-blocks 50 --journal "$b"
  refused thin_repair -i "$a" -o "$b"
  refused thin_dump -o "$b" "$a"
  refused thin_migrate --metadata-dev "$a" --data-dev data --dev-id 1 --dest-dev "$b"
  refused thin_receive -i stream --state "$a" "$b"
}

it "names of a file"
pairs meta meta
for name in ./meta "$PWD/meta" folder/../meta link-to-link absolute-link /proc/self/cwd/meta; do
  few_pairs meta "$name"
done
for name in hard-link link-to-folder/meta; do pairs meta "$name"; done
few_pairs link meta
few_pairs hard-link absolute-link

it "descriptors of the caller"
exec 9<>meta
for name in /dev/fd/9 /proc/self/fd/9 "/proc/$$/fd/9"; do few_pairs meta "$name"; done
few_pairs /dev/fd/9 meta
exec 9<&-
