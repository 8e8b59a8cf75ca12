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
