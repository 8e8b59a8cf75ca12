// echo, sleep, sync, blockdev; and which function knows which command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <span>

#include "sim/scenario/commands.h"

namespace sim {

namespace {

constexpr double longest_sleep = 1e9;  // seconds

action prepare_echo(const command_text& command) {
  auto words = std::span(command.words).subspan(1);
  const bool no_newline = !words.empty() && words[0] == "-n";
  if (no_newline) words = words.subspan(1);
  std::string line = fmt::format("{}", fmt::join(words, " "));
  if (!no_newline) line += '\n';
  if (command.output_file) return prepare_sysfs_write(*command.output_file, line);
  return [line](machine&, command_output& to) {
    to.out += line;
    return 0;
  };
}

action prepare_sleep(const command_text& command) {
  if (command.words.size() != 2) throw command_error("sleep needs a number of seconds");
  const std::string& text = command.words[1];
  double seconds = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (problem != std::errc() || end != text.data() + text.size() || !(seconds >= 0) ||
      seconds > longest_sleep)
    throw command_error(fmt::format("'{}' is not a number of seconds", text));
  const auto time = static_cast<virtual_time>(std::llround(seconds * double{one_second}));
  return [time](machine& on, command_output&) {
    on.loop().advance(time);
    return 0;
  };
}

action prepare_sync(const command_text& command) {
  if (command.words.size() != 1) throw command_error("sync takes no operands");
  return [](machine& on, command_output&) {
    for (const auto& name : on.names()) {
      mapped_device* device = on.find(name);
      if (device->accepts_requests()) perform(on, *device, block_request::flush()).ignore();
    }
    for (const auto& disk : on.disks()) perform(on, *disk, block_request::flush()).ignore();
    return 0;
  };
}

action prepare_blockdev(const command_text& command) {
  if (command.words.size() != 3 || command.words[1] != "--getsz")
    throw command_error("blockdev needs --getsz and a device");
  const std::string path = command.words[2];
  return [path](machine& on, command_output& to) {
    const device* found = on.find_device(path);
    if (found == nullptr) {
      to.messages += fmt::format("blockdev: can't open '{}': No such file or directory\n", path);
      return 1;
    }
    to.out += fmt::format("{}\n", found->size());
    return 0;
  };
}

}  // namespace

action prepare_command(const command_text& command) {
  const std::string& name = command.words.front();
  const bool reads_input = name == "dmsetup" || name == "io";
  if (command.input && !reads_input)
    throw command_error(fmt::format("{} does not read a here-document", name));
  if (command.output_file && name != "echo")
    throw command_error(fmt::format("{} does not write into a file below /sys", name));
  if (name == "dmsetup") return prepare_dmsetup(command);
  if (name == "io") return prepare_io(command);
  if (name == "dd") return prepare_dd(command);
  if (name == "echo") return prepare_echo(command);
  if (name == "cat") return prepare_cat(command);
  if (name == "sleep") return prepare_sleep(command);
  if (name == "sync") return prepare_sync(command);
  if (name == "blockdev") return prepare_blockdev(command);
  throw command_error(fmt::format("'{}' is not a command of the scenario language", name));
}

}  // namespace sim
