#include "thin-tools/commands/multicall.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "persistent-data/base/version.h"
#include "thin-tools/commands/completions.h"
#include "thin-tools/console/output.h"
#include "thin-tools/gate/gate_watch.h"

namespace thin_tools {

namespace {

const command* find_tool(command_tables tables, std::string_view name) {
  for (const auto& table : tables)
    for (const auto& tool : table)
      if (tool.syntax->name == name) return &tool;
  return nullptr;
}

std::string binary_usage(command_tables tables) {
  std::string text = "Usage: pdata_tools TOOL [options]\n\nTools:\n";
  for (const auto& table : tables)
    for (const auto& tool : table)
      text += fmt::format("  {:<24} {}\n", tool.syntax->name, tool.syntax->summary);
  return text;
}

// What a package build asks for; not part of any tool.
int print_completions(command_tables tables, const std::string& shell) {
  std::vector<const command*> commands;
  for (const auto& table : tables)
    for (const auto& tool : table) commands.push_back(&tool);
  print(stdout, completion_script(shell, commands));
  return exit_good;
}

int run(command_tables tables, std::vector<std::string> words) {
  std::string name = words.empty() ? "" : std::filesystem::path(words.front()).filename().string();
  if (!words.empty()) words.erase(words.begin());
  const bool alone = words.empty();
  const command* tool = find_tool(tables, name);
  if (tool == nullptr && !words.empty()) {
    name = words.front();
    if (name == "-h" || name == "--help") {
      print(stdout, binary_usage(tables));
      return exit_good;
    }
    if (name == "-V" || name == "--version") {
      print(stdout, fmt::format("{}\n", pdata::version()));
      return exit_good;
    }
    words.erase(words.begin());
    if (name == "--completions" && words.size() == 1)
      return print_completions(tables, words.front());
    tool = find_tool(tables, name);
  }
  if (tool == nullptr) {
    const auto mistake =
        alone ? std::string("No tool given.") : fmt::format("Unknown command '{}'", name);
    print(stderr, fmt::format("pdata_tools: {}\nTry 'pdata_tools --help'.\n", mistake));
    return exit_bad;
  }
  const gate_watch together;
  return run_command(*tool, words);
}

}  // namespace

int multicall_main(int argc, char** argv, command_tables tables) {
  hold_standard_streams();
  const std::vector<std::string> words(argv, argv + argc);
  return run_guarded("pdata_tools", [&] { return run(tables, words); });
}

}  // namespace thin_tools
