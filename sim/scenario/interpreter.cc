#include "sim/scenario/interpreter.h"

#include <fmt/format.h>

#include "sim/scenario/commands.h"

namespace sim {

namespace {

command_text text_of(const script_command& command, const statuses& known) {
  command_text text;
  for (const auto& w : command.words) text.words.push_back(w.text(known));
  if (command.input) {
    text.input.emplace();
    for (const auto& line : *command.input) text.input->push_back(line.text(known));
  }
  text.output_file = command.output_file;
  return text;
}

[[noreturn]] void fail_at(const script& what, const script_command& command,
                          const std::string& reason) {
  throw pdata::error(fmt::format("{}:{}: {}", what.name, command.line, reason));
}

}  // namespace

void validate_script(const script& what) {
  const statuses unknown(what.nr_statuses, 0);
  for (const auto& command : what.commands) {
    if (command.words.empty()) continue;
    try {
      prepare_command(text_of(command, unknown));
    } catch (const command_error& e) {
      fail_at(what, command, e.what());
    }
  }
}

int run_script(const script& what, machine& on, const script_streams& to) {
  validate_script(what);
  statuses known(what.nr_statuses, 0);
  for (const auto& command : what.commands) {
    for (const unsigned slot : command.keeps_status_in) known[slot] = known[last_status];
    if (command.words.empty()) {
      known[last_status] = 0;
      continue;
    }
    command_output output;
    try {
      known[last_status] = prepare_command(text_of(command, known))(on, output);
      on.loop().run();
    } catch (const pdata::error& e) {
      if (!command.drops_output) to.out(output.out);
      fail_at(what, command, e.what());
    }
    if (!command.drops_output) to.out(output.out);
    if (!command.drops_messages) to.messages(output.messages);
  }
  return known[last_status];
}

}  // namespace sim
