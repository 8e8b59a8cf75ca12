#include "sim/scenario/dmsetup_report.h"

#include <fmt/format.h>

#include "sim/scenario/mangled_name.h"

namespace sim {

namespace {

void print_info(const device_info& info, std::string& out) {
  out += fmt::format("Name:              {}\n", unmangled(info.name));
  out += fmt::format("State:             {}\n", info.suspended ? "SUSPENDED" : "ACTIVE");
  if (info.has_node) out += fmt::format("Read Ahead:        {}\n", info.read_ahead);
  const char* tables = info.has_active     ? info.has_inactive ? "LIVE & INACTIVE" : "LIVE"
                       : info.has_inactive ? "INACTIVE"
                                           : "None";
  out += fmt::format("Tables present:    {}\n", tables);
  out += fmt::format("Open count:        {}\n", info.open_count);
  out += fmt::format("Event number:      {}\n", info.event_number);
  out += fmt::format("Major, minor:      {}, {}\n", info.number.major, info.number.minor);
  out += fmt::format("Number of targets: {}\n\n", info.nr_targets);
}

int no_such_device(const std::string& name, bool has_ioctl_message, command_output& to) {
  to.messages += has_ioctl_message
                     ? fmt::format(
                           "device-mapper: table ioctl on {}  failed: No such device or "
                           "address\n",
                           name)
                     : "Device does not exist.\n";
  to.messages += "Command failed.\n";
  return 1;
}

}  // namespace

int dmsetup_report::print_one(const machine& on, const std::string& name, const std::string& prefix,
                              command_output& to) const {
  if (what == kind::info) {
    const auto info = on.info(name);
    if (!info.ok()) return no_such_device(name, false, to);
    print_info(*info, to.out);
    return 0;
  }
  const auto kind_of = what == kind::table ? status_kind::table : status_kind::info;
  const auto lines = on.report(name, kind_of, flushing, slot);
  if (!lines.ok()) return no_such_device(name, what == kind::table, to);
  if (lines->empty() && !target) to.out += prefix + "\n";
  for (const auto& line : *lines)
    if (!target || line.type == *target)
      to.out +=
          fmt::format("{}{} {} {} {}\n", prefix, line.begin, line.length, line.type, line.text);
  return 0;
}

int dmsetup_report::print(const machine& on, command_output& to) const {
  const auto all = names.empty() ? on.names() : names;
  if (all.empty()) {
    to.out += "No devices found\n";
    return 0;
  }
  for (const auto& name : all)
    if (const int status = print_one(on, name, names.size() == 1 ? "" : unmangled(name) + ": ", to);
        status != 0)
      return status;
  return 0;
}

int print_devices(const machine& on, command_output& to) {
  const auto names = on.names();
  if (names.empty()) to.out += "No devices found\n";
  for (const auto& name : names)
    to.out += fmt::format("{}\t({})\n", unmangled(name), to_string(on.info(name)->number));
  return 0;
}

int print_target_types(const machine& on, command_output& to) {
  for (const auto type : listed_targets()) {
    const auto v = on.version_of(type);
    to.out += fmt::format("{:<16} v{}.{}.{}\n", type, v.major, v.minor, v.patch);
  }
  return 0;
}

}  // namespace sim
