#include "thin-tools/commands/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};

using commands_list = std::vector<const command_syntax*>;

bool takes_file(const option_row& row) {
  return row.value_name.starts_with("FILE") || row.value_name.starts_with("DEV");
}

// Alternatives of a value such as "xml|json", or nothing.
std::string alternatives(const option_row& row) {
  if (row.value_name.find('|') == std::string_view::npos) return "";
  std::string words(row.value_name);
  std::ranges::replace(words, '|', ' ');
  return words;
}

template <class Visit>
void for_each_shown(const command_syntax& command, Visit visit) {
  for (const auto rows : {command.options, universal_options()})
    for (const auto& row : rows)
      if (!row.hidden) visit(row);
}

std::string long_form(const option_row& row) {
  return row.name.empty() ? fmt::format("-{}", row.letter) : fmt::format("--{}", row.name);
}

// A text inside single quotes of any shell.
std::string quoted(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return "'" + safe + "'";
}

// The words of a list, for the inside of a shell's list.
std::string names_of(const commands_list& commands) {
  std::string names;
  for (const auto* command : commands) names += fmt::format(" {}", command->name);
  return names;
}

std::string bash_case(const command_syntax& command) {
  std::string words;
  std::string value_cases;
  for_each_shown(command, [&](const option_row& row) {
    words += (words.empty() ? "" : " ") + long_form(row);
    if (row.takes != argument::required) return;
    std::string forms = long_form(row);
    if (row.letter != 0 && !row.name.empty()) forms += fmt::format("|-{}", row.letter);
    const auto values = alternatives(row);
    value_cases += fmt::format("        {}) {} ;;\n", forms,
                               takes_file(row) ? "COMPREPLY=($(compgen -f -- \"$current\")); return"
                               : values.empty() ? "return"
                                                : fmt::format("COMPREPLY=($(compgen -W {} -- "
                                                              "\"$current\")); return",
                                                              quoted(values)));
  });
  return fmt::format(
      "    {})\n      options={}\n      case $previous in\n{}        *) ;;\n      esac\n      ;;\n",
      command.name, quoted(words), value_cases);
}

std::string bash_script(const commands_list& commands) {
  std::string text =
      "# bash completion of thin-tools, made from its option tables\n"
      "_thin_tools() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local tool=${COMP_WORDS[0]##*/} options=''\n"
      "  if [ \"$tool\" = pdata_tools ]; then\n"
      "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  text += fmt::format("      COMPREPLY=($(compgen -W {} -- \"$current\")); return\n",
                      quoted(names_of(commands).substr(1)));
  text += "    fi\n    tool=${COMP_WORDS[1]}\n  fi\n  case $tool in\n";
  for (const auto* command : commands) text += bash_case(*command);
  text +=
      "  esac\n"
      "  case $current in\n"
      "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n";
  return text +
         fmt::format("complete -o filenames -F _thin_tools pdata_tools{}\n", names_of(commands));
}

// Brackets and colons mean something in a specification.
std::string zsh_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') safe += '\\';
    safe += c;
  }
  return safe;
}

std::string zsh_case(const command_syntax& command) {
  std::string specs;
  const auto add = [&](const std::string& form, const option_row& row) {
    std::string spec = form;
    if (row.takes == argument::required && form.starts_with("--")) spec += '=';
    if (row.takes == argument::optional && form.starts_with("--")) spec += "=-";
    spec += fmt::format("[{}]", zsh_text(row.help));
    if (row.takes != argument::none) {
      const auto values = alternatives(row);
      spec += fmt::format("{}:{}:{}", row.takes == argument::optional ? ":" : "",
                          zsh_text(row.value_name),
                          takes_file(row)  ? "_files"
                          : values.empty() ? ""
                                           : "(" + values + ")");
    }
    specs += fmt::format(" \\\n        '*'{}", quoted(spec));
  };
  for_each_shown(command, [&](const option_row& row) {
    if (!row.name.empty()) add(fmt::format("--{}", row.name), row);
    if (row.letter != 0) add(fmt::format("-{}", row.letter), row);
  });
  return fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files'\n      ;;\n",
                     command.name, specs);
}

std::string zsh_script(const commands_list& commands) {
  std::string text = fmt::format(
      "#compdef pdata_tools{}\n"
      "# zsh completion of thin-tools, made from its option tables\n"
      "_thin_tools() {{\n"
      "  local tool=$service\n"
      "  if [[ $tool == pdata_tools ]]; then\n"
      "    if (( CURRENT == 2 )); then\n"
      "      compadd --{}\n"
      "      return\n"
      "    fi\n"
      "    tool=$words[2]\n"
      "    shift words\n"
      "    (( CURRENT-- ))\n"
      "  fi\n"
      "  case $tool in\n",
      names_of(commands), names_of(commands));
  for (const auto* command : commands) text += zsh_case(*command);
  return text + "  esac\n}\n_thin_tools \"$@\"\n";
}

std::string fish_script(const commands_list& commands) {
  std::string text = "# fish completion of thin-tools, made from its option tables\n";
  text += fmt::format("complete -c pdata_tools -n __fish_use_subcommand -f -a {}\n",
                      quoted(names_of(commands).substr(1)));
  for (const auto* command : commands) {
    for_each_shown(*command, [&](const option_row& row) {
      text += fmt::format("complete -c {}", command->name);
      if (row.letter != 0) text += fmt::format(" -s {}", row.letter);
      if (!row.name.empty()) text += fmt::format(" -l {}", row.name);
      if (row.takes == argument::required) {
        const auto values = alternatives(row);
        text += takes_file(row)  ? " -r -F"
                : values.empty() ? " -x"
                                 : fmt::format(" -x -a {}", quoted(values));
      }
      text += fmt::format(" -d {}\n", quoted(row.help));
    });
  }
  return text;
}

}  // namespace

std::span<const std::string_view> completion_shells() { return shells; }

std::string completion_script(std::string_view shell, const commands_list& commands) {
  if (shell == "bash") return bash_script(commands);
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  throw pdata::error(fmt::format("no completions for '{}': bash, zsh or fish", shell));
}

}  // namespace thin_tools
