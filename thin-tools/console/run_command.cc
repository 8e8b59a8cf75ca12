#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#include "persistent-data/base/version.h"
#include "thin-tools/console/command.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/peer_options.h"

namespace thin_tools {

namespace {

const command* find_subcommand(const command& tool, std::span<const std::string> arguments) {
  if (arguments.empty()) return nullptr;
  const std::string full_name = fmt::format("{} {}", tool.syntax->name, arguments.front());
  for (const auto& sub : tool.subcommands)
    if (sub.syntax->name == full_name) return &sub;
  return nullptr;
}

std::string full_usage(const command& tool) {
  std::string text = usage_text(*tool.syntax);
  if (!tool.subcommands.empty()) text += "\nCommands:\n";
  for (const auto& sub : tool.subcommands)
    text += fmt::format("  {:<34} {}\n", sub.syntax->name, sub.syntax->summary);
  return text;
}

// -h and -V act when met, whatever else is on the line (unless an option before
// them takes them as its value, which the parser knows).
bool asked_for(const command_line& line, const command& tool) {
  if (line.has("help")) {
    print(stdout, full_usage(tool));
    return true;
  }
  if (line.has("version")) {
    print(stdout, fmt::format("{}\n", pdata::version()));
    return true;
  }
  return false;
}

// A wrong option does not hide the help: the words before it are parsed alone.
bool asked_before_mistake(const command& tool, std::span<const std::string> arguments) {
  for (std::size_t n = 1; n <= arguments.size(); ++n) {
    try {
      if (asked_for(command_line(*tool.syntax, arguments.first(n)), tool)) return true;
    } catch (const usage_error&) {
      // Either an option that waits for its value, or the mistake itself.
    }
  }
  return false;
}

// Whether the report was to be JSON, as far as can be told before a command line is known to
// be right.
failure_form form_of(const command_syntax& syntax, std::span<const std::string> arguments) {
  const bool can = std::ranges::any_of(syntax.options, [](const option_row& row) {
    return row.name == "json" && row.takes == argument::none;
  });
  const auto options_end = std::ranges::find(arguments, "--");
  const bool asked = std::find(arguments.begin(), options_end, "--json") != options_end;
  return can && asked ? failure_form::line_and_json : failure_form::line;
}

void tell_failure(std::string_view name, std::string_view text, failure_form form) {
  print(stderr, fmt::format("{}: {}\n", name, text));
  if (form == failure_form::line_and_json) print_json_error(name, text);
}

}  // namespace

int run_guarded(std::string_view name, const std::function<int()>& body, failure_form form) {
  ignore_closed_pipes();
  try {
    const int status = body();
    flush_output(stdout);
    return status;
  } catch (const closed_pipe&) {
    // The reader has what it wanted. Not a success: it did not take everything.
  } catch (const std::bad_alloc&) {
    tell_failure(name, "out of memory", form);
  } catch (const std::length_error&) {
    // A container was to have more than can be addressed, where memory has 32 bits.
    tell_failure(name, "out of memory", form);
  } catch (const std::exception& e) {
    tell_failure(name, e.what(), form);
  }
  return exit_bad;
}

int run_command(const command& tool, std::span<const std::string> arguments) {
  if (const command* sub = find_subcommand(tool, arguments))
    return run_command(*sub, arguments.subspan(1));
  const auto form = form_of(*tool.syntax, arguments);
  const auto body = [&] {
    try {
      const command_line line(*tool.syntax, arguments);
      if (asked_for(line, tool)) return exit_good;
      check_peer_options(line);
      return tool.run(line) == exit_good ? exit_good : exit_bad;
    } catch (const usage_error& e) {
      if (asked_before_mistake(tool, arguments)) return exit_good;
      print(stderr, fmt::format("{}\nTry '{} --help' for more information.\n", e.what(),
                                tool.syntax->name));
      if (form == failure_form::line_and_json) print_json_error(tool.syntax->name, e.what());
      return exit_bad;
    }
  };
  return run_guarded(tool.syntax->name, body, form);
}

}  // namespace thin_tools
