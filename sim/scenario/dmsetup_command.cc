// dmsetup: what the words mean, and which operations they are.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sim/scenario/commands.h"
#include "sim/scenario/dmsetup_report.h"
#include "sim/scenario/mangled_name.h"

namespace sim {

using pdata::status;

namespace {

struct dmsetup_line {
  std::string command;
  std::vector<std::string> operands;
  std::vector<std::string> tables;
  std::optional<std::string> target;
  bool notable = false;
  flush_mode flushing = flush_mode::flush;
  table_slot slot = table_slot::active;
};

[[noreturn]] void wrong(const dmsetup_line& line, std::string_view reason) {
  throw command_error(fmt::format("dmsetup {}: {}", line.command, reason));
}

dmsetup_line parse_line(const command_text& command) {
  dmsetup_line line;
  if (command.words.size() < 2) throw command_error("dmsetup needs a command");
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    const auto value = [&](std::string_view option) -> std::optional<std::string> {
      if (word.starts_with(std::string(option) + "=")) return word.substr(option.size() + 1);
      if (word != option) return std::nullopt;
      if (++i == command.words.size())
        throw command_error(fmt::format("dmsetup: {} needs a value", option));
      return command.words[i];
    };
    if (!word.starts_with('-') || line.command == "message") {
      (line.command.empty() ? line.command : line.operands.emplace_back()) = word;
    } else if (auto table = value("--table")) {
      line.tables.push_back(std::move(*table));
    } else if (auto target = value("--target")) {
      line.target = std::move(target);
    } else if (word == "--notable" || word == "-n") {
      line.notable = true;
    } else if (word == "--noflush") {
      line.flushing = flush_mode::noflush;
    } else if (word == "--inactive") {
      line.slot = table_slot::inactive;
    } else if (word != "--nolockfs" && word != "--noudevsync" && word != "--noudevrules") {
      throw command_error(fmt::format("dmsetup: '{}' is not part of the scenario language", word));
    }
  }
  return line;
}

// The kernel's name of a device from a name or a path below /dev/mapper. One that dmsetup refuses
// is no device's.
std::string device_name(const std::string& operand) {
  constexpr std::string_view directory = "/dev/mapper/";
  const auto name = operand.starts_with(directory) ? operand.substr(directory.size()) : operand;
  return mangled(name).value_or(name);
}

// Lines of a table as dmsetup reads them; none if one is no table line.
std::optional<std::vector<table_line>> parse_table(const std::vector<std::string>& texts) {
  std::vector<table_line> lines;
  for (const auto& text : texts) {
    std::size_t at = 0;
    while (at <= text.size()) {
      const auto end = std::min(text.find('\n', at), text.size());
      std::string one = text.substr(at, end - at);
      at = end + 1;
      one.erase(0, std::min(one.find_first_not_of(" \t"), one.size()));
      if (one.empty() || one[0] == '#') continue;
      unsigned long long begin = 0, length = 0;
      char type[65] = "";
      int rest = 0;
      if (std::sscanf(one.c_str(), "%llu %llu %64s %n", &begin, &length, type, &rest) < 3)
        return std::nullopt;
      std::string arguments = one.substr(static_cast<std::size_t>(rest));
      arguments.erase(std::min(arguments.find('#'), arguments.size()));
      lines.push_back({begin, length, type, std::move(arguments)});
    }
  }
  return lines;
}

int failed(command_output& to, std::string_view message) {
  to.messages += fmt::format("{}\nCommand failed.\n", message);
  return 1;
}

int outcome(command_output& to, std::string_view ioctl, const std::string& name, status r) {
  if (r.ok()) return 0;
  return failed(to, fmt::format("device-mapper: {} ioctl on {}  failed: {}", ioctl, name,
                                pdata::errno_text(r.errno_value())));
}

std::vector<std::string> table_texts(const dmsetup_line& line, const command_text& command) {
  if (!line.tables.empty()) return line.tables;
  if (!command.input) wrong(line, "needs --table, a here-document or, to create, --notable");
  return *command.input;
}

int create(machine& on, command_output& to, const std::string& operand,
           const std::optional<std::vector<table_line>>& lines, bool notable) {
  if (!lines) return failed(to, "Invalid format of a table line.");
  if (operand.find('/') != std::string::npos)
    return failed(to, fmt::format("Name \"{}\" invalid. It contains \"/\".", operand));
  const auto mangled_name = mangled(operand);
  if (!mangled_name) return failed(to, fmt::format("Name \"{}\" too long or mangled.", operand));
  const std::string& name = *mangled_name;
  if (const auto r = on.create(name); !r.ok()) return outcome(to, "create", name, r);
  if (notable || lines->empty()) return 0;
  auto r = on.load(name, *lines);
  const bool loaded = r.ok();
  if (loaded) r = on.resume(name);
  if (!r.ok()) on.remove(name).ignore();
  return outcome(to, loaded ? "resume" : "reload", name, r);
}

action prepare_create(const dmsetup_line& line, const command_text& command) {
  if (line.operands.size() != 1) wrong(line, "needs the name of the new device");
  const auto lines =
      line.notable ? std::vector<table_line>() : parse_table(table_texts(line, command));
  return [name = line.operands[0], lines, notable = line.notable](machine& on, command_output& to) {
    return create(on, to, name, lines, notable);
  };
}

action prepare_reload(const dmsetup_line& line, const command_text& command) {
  if (line.operands.size() != 1) wrong(line, "needs the name of a device");
  const auto lines = parse_table(table_texts(line, command));
  return [name = device_name(line.operands[0]), lines](machine& on, command_output& to) {
    if (!lines) return failed(to, "Invalid format of a table line.");
    return outcome(to, "reload", name, on.load(name, *lines));
  };
}

action prepare_message(const dmsetup_line& line) {
  if (line.operands.size() < 3) wrong(line, "needs a device, a sector and a message");
  std::string text;
  for (std::size_t i = 2; i < line.operands.size(); ++i)
    text += (i == 2 ? "" : " ") + line.operands[i];
  unsigned long long at = 0;
  const bool has_sector = std::sscanf(line.operands[1].c_str(), "%llu", &at) == 1;
  return [name = device_name(line.operands[0]), at, has_sector, text](machine& on,
                                                                      command_output& to) {
    if (!has_sector) return failed(to, "Invalid sector.");
    return outcome(to, "message", name, on.message(name, at, text));
  };
}

action prepare_wait(const dmsetup_line& line) {
  if (line.operands.empty() || line.operands.size() > 2)
    wrong(line, "needs a device and an event number");
  std::optional<std::uint32_t> number;
  if (line.operands.size() == 2)
    number = static_cast<std::uint32_t>(std::atoi(line.operands[1].c_str()));
  return [name = device_name(line.operands[0]), number](machine& on, command_output& to) {
    const auto now = on.info(name);
    if (!now.ok()) return outcome(to, "waitevent", name, now.failure());
    return outcome(to, "waitevent", name, on.wait(name, number.value_or(now->event_number)));
  };
}

// Commands on one device after the other; the first failure ends them.
using on_device = std::function<status(machine&, const std::string&)>;

action prepare_each(const dmsetup_line& line, std::string_view ioctl, on_device what) {
  if (line.operands.empty()) wrong(line, "needs the name of a device");
  return [names = line.operands, ioctl = std::string(ioctl), what = std::move(what)](
             machine& on, command_output& to) {
    for (const auto& operand : names) {
      const auto name = device_name(operand);
      if (const auto r = what(on, name); !r.ok()) return outcome(to, ioctl, name, r);
    }
    return 0;
  };
}

action prepare_report(const dmsetup_line& line) {
  dmsetup_report report;
  report.flushing = line.flushing;
  report.slot = line.slot;
  report.target = line.target;
  if (line.command == "info")
    report.what = dmsetup_report::kind::info;
  else if (line.command == "table")
    report.what = dmsetup_report::kind::table;
  for (const auto& operand : line.operands) report.names.push_back(device_name(operand));
  return [report](machine& on, command_output& to) { return report.print(on, to); };
}

}  // namespace

action prepare_dmsetup(const command_text& command) {
  const auto line = parse_line(command);
  const auto& name = line.command;
  const bool reads_table = name == "create" || name == "reload" || name == "load";
  if (command.input && !reads_table) wrong(line, "does not read a here-document");
  if (name == "create") return prepare_create(line, command);
  if (reads_table) return prepare_reload(line, command);
  if (name == "message") return prepare_message(line);
  if (name == "wait") return prepare_wait(line);
  if (name == "remove")
    return prepare_each(line, name, [](machine& on, const auto& d) { return on.remove(d); });
  if (name == "clear")
    return prepare_each(line, name, [](machine& on, const auto& d) { return on.clear(d); });
  if (name == "suspend")
    return prepare_each(line, name, [mode = line.flushing](machine& on, const auto& d) {
      return on.suspend(d, mode);
    });
  if (name == "resume")
    return prepare_each(line, name, [mode = line.flushing](machine& on, const auto& d) {
      return on.resume(d, mode);
    });
  if (name == "status" || name == "table" || name == "info") return prepare_report(line);
  if (name == "ls") return [](machine& on, command_output& to) { return print_devices(on, to); };
  if (name == "targets")
    return [](machine& on, command_output& to) { return print_target_types(on, to); };
  throw command_error(fmt::format("dmsetup: '{}' is not part of the scenario language", name));
}

}  // namespace sim
