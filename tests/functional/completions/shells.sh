# The completion scripts are sound in the shells that are here, and complete.
it "bash offers tools, options and the values of options"
succeeds pdata_tools --completions bash
cp stdout script
bash -n script
cat >probe <<'END'
. ./script
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _thin_tools; echo "${COMPREPLY[@]}"; }
complete_words thin_metadata_pack --keep
complete_words pdata_tools thin_metadata_p
complete_words pdata_tools thin_metadata_pack --forc
touch some-file
complete_words thin_metadata_pack -i some-
END
succeeds bash probe
expect_stdout "--keep-damaged
thin_metadata_pack
--force
some-file"

it "every tool has every option that its help shows"
while read -r tool; do
  case $tool in '' | '#'*) continue ;; esac
  "$tool" --help | grep -oE -e '^  (-.,|   ) --[a-z0-9-]+' | grep -oE -e '--[a-z0-9-]+' >help-options
  sed -n "/^    '$tool')\$/,/^      ;;/p" script >tool-script
  while read -r option; do
    grep -qwF -e "$option" tool-script || fail "$tool lacks $option"
  done <help-options
done <"$TESTS_DIR/../pdata-tools/tools.list"

it "zsh and fish read theirs"
succeeds pdata_tools --completions zsh
cp stdout _thin_tools
if command -v zsh >zsh-path; then succeeds zsh -n _thin_tools; fi
succeeds pdata_tools --completions fish
cp stdout script.fish
if command -v fish >fish-path; then
  succeeds fish --no-execute script.fish
  succeeds fish -c 'source script.fish; complete -C "thin_metadata_pack --keep"'
  expect_stdout_has "--keep-damaged"
fi

it "no other shells"
fails pdata_tools --completions tcsh
expect_one_line_error tcsh

it "bash offers values, attached or apart, in lists, and commands with their options"
succeeds pdata_tools --completions bash
cp stdout script
cat >probe2 <<'END'
. ./script
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _thin_tools; echo "${COMPREPLY[@]}"; }
complete_words thin_dump --format ''
complete_words thin_dump -f j
complete_words thin_dump --format = h
complete_words thin_dump --format =
complete_words thin_ls -o DEV,EXCLUSIVE_
complete_words thin_stat --op m
complete_words thin_metadata_size -b 64k -n = ''
complete_words thin_metadata_size --numeric-only = l
complete_words thin_sim r
complete_words pdata_tools thin_sim ex
complete_words thin_sim replay --format blkp
complete_words thin_sim replay --allow lost
complete_words thin_sim replay --advise
complete_words pdata_tools thin_sim explore --keep-g
complete_words thin_sim size --swee
END
succeeds bash probe2
expect_stdout "xml human_readable json
json
human_readable
xml human_readable json
DEV,EXCLUSIVE_BLOCKS DEV,EXCLUSIVE_SECTORS DEV,EXCLUSIVE_BYTES
metadata_blocks
short long
long
run replay record
explore
blkparse
lost-records
--advise-block-size
--keep-going
"

it "fish offers them"
if command -v fish >fish-path; then
  succeeds pdata_tools --completions fish
  cp stdout script.fish
  for pair in 'thin_sim r|run' 'thin_sim r|replay' 'thin_dump --format |human_readable' \
    'thin_sim replay --advise|--advise-block-size' 'thin_ls -o DEV,HIGHEST_B|DEV,HIGHEST_BLOCK' \
    'thin_sim explore --pool tiny,w|tiny,wide'; do
    succeeds fish -c "source script.fish; complete -C '${pair%|*}'"
    expect_stdout_has "${pair#*|}"
  done
  succeeds fish -c "source script.fish; complete -C 'thin_sim size --swee'"
  expect_stdout_lacks sweep
fi

it "zsh offers them"
if command -v zsh >zsh-path; then
  succeeds pdata_tools --completions zsh
  cp stdout _thin_tools
  # The line that completion made is run; the tools are functions that show it.
  cat >typed.zsh <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT='' fpath=($PWD \$fpath); autoload -U compinit; compinit -u -d $PWD/dump"
zpty -w shell "bindkey '^I' complete-word; for t in thin_sim thin_dump thin_stat thin_ls; do eval \"\$t() { echo ran:\$t \\\$*:; }\"; done"
zpty -w shell "echo rea''dy"
zpty -r shell seen '*ready*'
zpty -w shell "$1"$'\t'
zpty -w shell "echo do''ne"
zpty -r shell seen '*done*'
print -r -- "$seen"
END
  for pair in 'thin_sim rep|thin_sim replay' 'thin_dump --format=human|thin_dump --format=human_readable' \
    'thin_stat --op=metadata|thin_stat --op=metadata_blocks' 'thin_dump -f js|thin_dump -f json' \
    'thin_sim replay --advise|thin_sim replay --advise-block-size' \
    'thin_ls -o DEV,CREATE|thin_ls -o DEV,CREATE_TIME'; do
    timeout 60 zsh -f typed.zsh "${pair%|*}" >stdout 2>stderr </dev/null || fail "zsh ended with $?"
    expect_stdout_match "ran:${pair#*|} *:"
  done
fi

it "what they offer is what the tools take"
fails thin_sim replay --format hieroglyphs trace
sed -n 's/.*expected //p' stderr | tr -d ' ' | tr ',' '\n' | sort >taken
bash -c '. ./script; COMP_WORDS=(thin_sim replay --format ""); COMP_CWORD=3; _thin_tools; printf "%s\n" "${COMPREPLY[@]}"' |
  sort >offered
expect_same taken offered
fails thin_sim replay --allow hieroglyphs trace
head -n 1 stderr | tr ' ,' '\n\n' | grep -E '^[a-z]+-[a-z]+(-[a-z]+)*$' | sort -u >taken
bash -c '. ./script; COMP_WORDS=(thin_sim replay --allow ""); COMP_CWORD=3; _thin_tools; printf "%s\n" "${COMPREPLY[@]}"' |
  sort >offered
expect_same taken offered
