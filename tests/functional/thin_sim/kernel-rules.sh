# Every simulated kernel does with the scenarios of kernel-rules/ what that kernel did. Only the
# differences are kept: NAME.6.1.out (or .out.gz) is what 6.1 and those behind it print, until there
# is a newer one, and so with the checksums of the metadata. An empty one: that kernel leaves other
# bytes in each run.
scenarios=$TESTS_DIR/functional/kernel-rules

# newest NAME SUFFIX KERNEL: the file that holds for that kernel; none: nothing to compare.
newest() {
  found=
  for version in 6.1 6.12 7.2 7.3; do
    [ ! -e "$scenarios/$1.$version.$2" ] || found=$scenarios/$1.$version.$2
    [ "$version" != "$3" ] || break
  done
}

for path in "$scenarios"/*.sh "$scenarios"/*.sh.gz; do
  name=$(basename "$path" .gz)
  name=${name%.sh}
  for kernel in 6.1 6.12 7.2 7.3; do
    it "$name on $kernel"
    rm -f metadata
    case $path in
      *.gz) gzip -dc "$path" >scenario ;;
      *) cp "$path" scenario ;;
    esac
    succeeds thin_sim run --kernel $kernel --device /dev/vda=metadata:8m --device /dev/vdb=mem:2g \
      --device /dev/vdc=mem:256m --device /dev/vdd=mem:2g,logical=4096 \
      --device /dev/vde=mem:2g,discard-max=32k --device /dev/vdf=mem:2g,discard=1m \
      --device /dev/vdg=mem:2g,discard=32k,discard-max=1m --device /dev/vdh=mem:2g,discard=none \
      --device /dev/vdi=mem:2g,physical=4096,min-io=16k,opt-io=1m scenario
    newest "$name" out $kernel
    [ -z "$found" ] || expect_same "$found" stdout
    newest "$name" out.gz $kernel
    if [ -n "$found" ]; then
      gzip -dc "$found" >kernel.out
      expect_same kernel.out stdout
    fi
    newest "$name" sha256 $kernel
    if [ -s "$found" ]; then
      printf '%s  metadata\n' "$(cat "$found")" >expected
      succeeds sha256sum -c --quiet expected
    fi
  done
done

it "the dialect is linux 6.1, whose kernels may be named, and that of 2011 has none"
echo 'dmsetup targets' >scenario
succeeds thin_sim run scenario
mv stdout plain
succeeds thin_sim run --kernel 6.1 --dialect linux scenario
expect_same plain stdout
run thin_sim run --kernel 6.1 --dialect 2011 scenario
expect_status 1
expect_stderr_has '--kernel'
run thin_sim run --kernel 5.10 scenario
expect_status 1
expect_stderr_has 'expected 6.1, 6.12, 7.2, 7.3'

it "a target that is listed and not simulated is no refusal of the kernel's"
echo 'dmsetup create x --table "0 8 snapshot /dev/vda /dev/vdb P 8"' >scenario
run thin_sim run --device /dev/vda=mem:8m scenario
expect_status 1
expect_stderr_has "the target 'snapshot' is not simulated; those that are: "
for target in delay error flakey linear striped thin thin-pool zero; do
  grep -qE "are: (.*, )?$target(,|\$)" stderr || fail "$target is not named: $(cat stderr)"
done

it "a table that leads back to its device ends the run at the first request"
cat >scenario <<'END'
dmsetup create a --table "0 2048 linear /dev/vda 0"
dmsetup reload a --table "0 2048 linear /dev/mapper/a 0"
dmsetup resume a
io /dev/mapper/a read 0 1
END
run thin_sim run --device /dev/vda=mem:8m scenario
expect_status 1
expect_stderr_has 'leads back to it'

it "every rule has a scenario, or a unit test, and is in the page about kernels"
rules=$TESTS_DIR/../sim/kernel/kernel_rules.cc
sed -n '/^constexpr kernel_rule_row rules/,/^};/p' "$rules" | tr -d '\n' |
  sed 's/{rule::/\n/g' | sed -n 's/^[a-z0-9_]*, "\([^"]*\)", linux[^"]*"[^"]*", *"\([^"]*\)".*/\1 \2/p' | awk 1 >found
[ "$(wc -l <found)" -eq "$(grep -c '{rule::' "$rules")" ] || fail "the table of rules cannot be read"
while read -r rule scenario; do
  grep -q "| \`$rule\` |" "$TESTS_DIR/../docs/kernels.md" || fail "docs/kernels.md lacks $rule"
  [ -e "$scenarios/$scenario.sh" ] || [ -e "$scenarios/$scenario.sh.gz" ] ||
    [ -n "$(find "$TESTS_DIR/unit/sim" -name "$scenario.cc")" ] || fail "$rule has no scenario $scenario"
done <found
