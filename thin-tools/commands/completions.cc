#include "thin-tools/commands/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "persistent-data/base/error.h"

namespace thin_tools {

namespace {

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};

using tools_list = std::vector<const command*>;

bool takes_file(const option_row& row) {
  return row.value_name.starts_with("FILE") || row.value_name.starts_with("DEV") ||
         row.value_name.starts_with("{device");
}

// What an option's value may be, separated by blanks; empty if that is not known.
struct value_words {
  std::string words;
  bool is_list = false;  // several, with commas between them
};

value_words words_for(const option_row& row) {
  const bool is_list = row.choices.starts_with(',');
  if (!row.choices.empty()) return {std::string(row.choices.substr(is_list ? 1 : 0)), is_list};
  if (row.value_name.find('|') == std::string_view::npos || takes_file(row)) return {};
  std::string words(row.value_name);
  std::ranges::replace(words, '|', ' ');
  return {words};
}

template <class Visit>
void for_each_shown(const command_syntax& command, Visit visit) {
  for (const auto rows : {command.options, universal_options()})
    for (const auto& row : rows)
      if (!row.hidden && !is_heading(row)) visit(row);
}

// Tools, and behind each its commands.
template <class Visit>
void for_each_syntax(const tools_list& tools, Visit visit) {
  for (const auto* tool : tools) {
    visit(*tool->syntax);
    for (const auto& sub : tool->subcommands) visit(*sub.syntax);
  }
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

std::string joined(const std::vector<std::string_view>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string_view> names_of(const tools_list& tools) {
  std::vector<std::string_view> names;
  for (const auto* tool : tools) names.push_back(tool->syntax->name);
  return names;
}

// The first arguments that choose a command: "replay" of "thin_sim replay".
std::vector<std::string_view> subcommands_of(const command& tool) {
  std::vector<std::string_view> names;
  for (const auto& sub : tool.subcommands)
    names.push_back(sub.syntax->name.substr(tool.syntax->name.size() + 1));
  return names;
}

std::string bash_values(const option_row& row) {
  if (takes_file(row)) return "COMPREPLY=($(compgen -f -- \"$current\")); return";
  const auto values = words_for(row);
  if (values.words.empty()) return "return";
  return fmt::format("_thin_tools_{} {}; return", values.is_list ? "list" : "word",
                     quoted(values.words));
}

std::string bash_case(const command_syntax& command) {
  std::string words;
  std::string value_cases;
  for_each_shown(command, [&](const option_row& row) {
    words += (words.empty() ? "" : " ") + long_form(row);
    if (row.takes == argument::none) return;
    std::string forms = long_form(row);
    if (row.letter != 0 && !row.name.empty()) forms += fmt::format("|-{}", row.letter);
    // An optional value is attached: it is completed behind the sign alone.
    const std::string_view only_attached =
        row.takes == argument::optional ? "[ \"$attached\" = no ] || { " : "";
    value_cases += fmt::format("        {}) {}{}{} ;;\n", forms, only_attached, bash_values(row),
                               only_attached.empty() ? "" : "; }");
  });
  return fmt::format(
      "    {})\n      options={}\n      case $previous in\n{}        *) ;;\n      esac\n      ;;\n",
      quoted(command.name), quoted(words), value_cases);
}

std::string bash_subcommands(const command& tool) {
  const auto names = subcommands_of(tool);
  if (names.empty()) return "";
  return fmt::format(
      "    {})\n"
      "      if [ \"$COMP_CWORD\" -eq \"$first\" ]; then\n"
      "        case $current in -*) ;; *) _thin_tools_word {}; return ;; esac\n"
      "      fi\n"
      "      case ${{COMP_WORDS[first]}} in {}) tool=\"$tool ${{COMP_WORDS[first]}}\" ;; esac\n"
      "      ;;\n",
      tool.syntax->name, quoted(joined(names, " ")), joined(names, "|"));
}

std::string bash_script(const tools_list& tools) {
  std::string text =
      "# bash completion of thin-tools, made from its option tables\n"
      "_thin_tools_word() { COMPREPLY=($(compgen -W \"$1\" -- \"$current\")); }\n"
      "_thin_tools_list() {\n"
      "  local known=''\n"
      "  case $current in *,*) known=${current%,*}, ;; esac\n"
      "  COMPREPLY=($(compgen -P \"$known\" -W \"$1\" -- \"${current##*,}\"))\n"
      "  compopt -o nospace 2>/dev/null || true\n"
      "}\n"
      "_thin_tools() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local tool=${COMP_WORDS[0]##*/} options='' first=1 attached=no\n"
      "  if [ \"$current\" = = ]; then\n"
      "    current='' attached=yes\n"
      "  elif [ \"$previous\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
      "    previous=${COMP_WORDS[COMP_CWORD-2]} attached=yes\n"
      "  fi\n"
      "  if [ \"$tool\" = pdata_tools ]; then\n"
      "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  const auto names = joined(names_of(tools), " ");
  text += fmt::format("      _thin_tools_word {}; return\n", quoted(names));
  text += "    fi\n    tool=${COMP_WORDS[1]} first=2\n  fi\n  case $tool in\n";
  for (const auto* tool : tools) text += bash_subcommands(*tool);
  text += "  esac\n  case $tool in\n";
  for_each_syntax(tools, [&](const command_syntax& syntax) { text += bash_case(syntax); });
  text +=
      "  esac\n"
      "  case $current in\n"
      "    -*) _thin_tools_word \"$options\" ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}\n";
  return text + fmt::format("complete -o filenames -F _thin_tools pdata_tools {}\n", names);
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

std::string zsh_values(const option_row& row) {
  if (takes_file(row)) return "_files";
  const auto values = words_for(row);
  if (values.words.empty()) return "";
  return values.is_list ? fmt::format("_sequence compadd - {}", values.words)
                        : fmt::format("({})", values.words);
}

std::string zsh_case(const command_syntax& command) {
  std::string specs;
  const auto add = [&](const std::string& form, const option_row& row) {
    std::string spec = form;
    if (row.takes == argument::required && form.starts_with("--")) spec += '=';
    if (row.takes == argument::optional && form.starts_with("--")) spec += "=-";
    spec += fmt::format("[{}]", zsh_text(row.help));
    if (row.takes != argument::none)
      spec += fmt::format("{}:{}:{}", row.takes == argument::optional ? ":" : "",
                          zsh_text(row.value_name), zsh_values(row));
    specs += fmt::format(" \\\n        '*'{}", quoted(spec));
  };
  for_each_shown(command, [&](const option_row& row) {
    if (!row.name.empty()) add(fmt::format("--{}", row.name), row);
    if (row.letter != 0) add(fmt::format("-{}", row.letter), row);
  });
  return fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files'\n      ;;\n",
                     quoted(command.name), specs);
}

std::string zsh_subcommands(const command& tool) {
  const auto names = subcommands_of(tool);
  if (names.empty()) return "";
  return fmt::format(
      "    {})\n"
      "      if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
      "        compadd -- {}\n"
      "        return\n"
      "      fi\n"
      "      case $words[2] in\n"
      "        {})\n"
      "          tool=\"$tool $words[2]\"\n"
      "          shift words\n"
      "          (( CURRENT-- ))\n"
      "          ;;\n"
      "      esac\n"
      "      ;;\n",
      tool.syntax->name, joined(names, " "), joined(names, "|"));
}

std::string zsh_script(const tools_list& tools) {
  const auto names = joined(names_of(tools), " ");
  std::string text = fmt::format(
      "#compdef pdata_tools {}\n"
      "# zsh completion of thin-tools, made from its option tables\n"
      "_thin_tools() {{\n"
      "  local tool=$service\n"
      "  if [[ $tool == pdata_tools ]]; then\n"
      "    if (( CURRENT == 2 )); then\n"
      "      compadd -- {}\n"
      "      return\n"
      "    fi\n"
      "    tool=$words[2]\n"
      "    shift words\n"
      "    (( CURRENT-- ))\n"
      "  fi\n"
      "  case $tool in\n",
      names, names);
  for (const auto* tool : tools) text += zsh_subcommands(*tool);
  text += "  esac\n  case $tool in\n";
  for_each_syntax(tools, [&](const command_syntax& syntax) { text += zsh_case(syntax); });
  return text + "  esac\n}\n_thin_tools \"$@\"\n";
}

// A list's words behind those that are there.
constexpr std::string_view fish_list =
    "function __thin_tools_list\n"
    "  set -l known (string match -r '^(?:.*=)?(.*,)' -- (commandline -ct))[2]\n"
    "  for word in $argv\n"
    "    echo $known$word\n"
    "  end\n"
    "end\n";

std::string fish_values(const option_row& row) {
  if (takes_file(row)) return " -r -F";
  const auto values = words_for(row);
  if (values.words.empty()) return " -x";
  const auto offered =
      values.is_list ? fmt::format("(__thin_tools_list {})", values.words) : values.words;
  return fmt::format(" -x -a {}", quoted(offered));
}

// The options of a command, offered where `condition` holds.
std::string fish_options(const command_syntax& command, std::string_view program,
                         const std::string& condition) {
  std::string text;
  for_each_shown(command, [&](const option_row& row) {
    text += fmt::format("complete -c {}", program);
    if (!condition.empty()) text += fmt::format(" -n {}", quoted(condition));
    if (row.letter != 0) text += fmt::format(" -s {}", row.letter);
    if (!row.name.empty()) text += fmt::format(" -l {}", row.name);
    if (row.takes == argument::required) text += fish_values(row);
    text += fmt::format(" -d {}\n", quoted(row.help));
  });
  return text;
}

std::string fish_tool(const command& tool) {
  const auto program = tool.syntax->name;
  const auto names = subcommands_of(tool);
  if (names.empty()) return fish_options(*tool.syntax, program, "");
  const auto any = joined(names, " ");
  const auto none_seen = fmt::format("not __fish_seen_subcommand_from {}", any);
  std::string text = fish_options(*tool.syntax, program, none_seen);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& syntax = *tool.subcommands[i].syntax;
    text += fmt::format("complete -c {} -n {} -f -a {} -d {}\n", program, quoted(none_seen),
                        names[i], quoted(syntax.summary));
    text += fish_options(syntax, program, fmt::format("__fish_seen_subcommand_from {}", names[i]));
  }
  return text;
}

std::string fish_script(const tools_list& tools) {
  std::string text = "# fish completion of thin-tools, made from its option tables\n";
  text += fish_list;
  text += fmt::format("complete -c pdata_tools -n __fish_use_subcommand -f -a {}\n",
                      quoted(joined(names_of(tools), " ")));
  for (const auto* tool : tools) text += fish_tool(*tool);
  return text;
}

}  // namespace

std::span<const std::string_view> completion_shells() { return shells; }

std::string completion_script(std::string_view shell, const tools_list& tools) {
  if (shell == "bash") return bash_script(tools);
  if (shell == "zsh") return zsh_script(tools);
  if (shell == "fish") return fish_script(tools);
  throw pdata::error(fmt::format("no completions for '{}': bash, zsh or fish", shell));
}

}  // namespace thin_tools
