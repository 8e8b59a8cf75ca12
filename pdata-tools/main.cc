// The multicall binary: the tool is chosen by the name it is called by, or by
// the first argument. The only file that sees the tools and the simulator.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sim/sim_commands.h"
#include "thin-tools/commands/completions.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"

namespace {

using thin_tools::command;

const command* find_tool(std::string_view name) {
  for (const auto& table : {thin_tools::tool_commands(), sim::sim_commands()})
    for (const auto& tool : table)
      if (tool.syntax->name == name) return &tool;
  return nullptr;
}

std::string binary_usage() {
  std::string text = "Usage: pdata_tools TOOL [options]\n\nTools:\n";
  for (const auto& table : {thin_tools::tool_commands(), sim::sim_commands()})
    for (const auto& tool : table)
      text += fmt::format("  {:<24} {}\n", tool.syntax->name, tool.syntax->summary);
  return text;
}

// What a package build asks for; not part of any tool.
int print_completions(const std::string& shell) {
  std::vector<const thin_tools::command_syntax*> commands;
  for (const auto& table : {thin_tools::tool_commands(), sim::sim_commands()})
    for (const auto& tool : table) commands.push_back(tool.syntax);
  thin_tools::print(stdout, thin_tools::completion_script(shell, commands));
  return thin_tools::exit_good;
}

int run(std::vector<std::string> words) {
  std::string name = words.empty() ? "" : std::filesystem::path(words.front()).filename().string();
  if (!words.empty()) words.erase(words.begin());
  const command* tool = find_tool(name);
  if (tool == nullptr && !words.empty()) {
    name = words.front();
    if (name == "-h" || name == "--help") {
      thin_tools::print(stdout, binary_usage());
      return thin_tools::exit_good;
    }
    if (name == "-V" || name == "--version") {
      thin_tools::print(stdout, THIN_TOOLS_VERSION "\n");
      return thin_tools::exit_good;
    }
    words.erase(words.begin());
    if (name == "--completions" && words.size() == 1) return print_completions(words.front());
    tool = find_tool(name);
    if (tool == nullptr) thin_tools::print(stderr, fmt::format("Unknown command '{}'\n", name));
  }
  if (tool == nullptr) {
    thin_tools::print(stderr, binary_usage());
    return thin_tools::exit_bad;
  }
  return thin_tools::run_command(*tool, words);
}

}  // namespace

int main(int argc, char** argv) {
  thin_tools::hold_standard_streams();
  const std::vector<std::string> words(argv, argv + argc);
  return thin_tools::run_guarded("pdata_tools", [&] { return run(words); });
}
