// cat of, and echo into, what the kernel shows of a device's queue:
// /sys/block/vda/queue/NAME, /sys/block/dm-0/queue/NAME. Rules: Linux 6.1 blk-sysfs.c.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/scenario/commands.h"

namespace sim {

namespace {

constexpr std::string_view directory = "/sys/block/";
constexpr std::string_view writable = "discard_max_bytes";

struct queue_file {
  std::string_view name;
  std::string (*show)(const device&);
};

std::string bytes(sector count) { return std::to_string(count * sector_bytes); }
std::string kib(sector count) { return std::to_string(count / 2); }

constexpr queue_file files[] = {
    {"discard_granularity", [](const device& d) { return bytes(d.limits().discard_granularity); }},
    {writable, [](const device& d) { return bytes(d.limits().max_discard_sectors); }},
    {"discard_max_hw_bytes",
     [](const device& d) { return bytes(d.limits().max_hw_discard_sectors); }},
    {"logical_block_size", [](const device& d) { return bytes(d.limits().logical_block); }},
    {"physical_block_size", [](const device& d) { return bytes(d.limits().physical_block); }},
    {"minimum_io_size", [](const device& d) { return bytes(d.limits().io_min); }},
    {"optimal_io_size", [](const device& d) { return bytes(d.limits().io_opt); }},
    {"max_sectors_kb", [](const device& d) { return kib(d.limits().max_sectors); }},
    {"max_hw_sectors_kb", [](const device& d) { return kib(d.limits().max_hw_sectors); }},
    {"write_zeroes_max_bytes",
     [](const device& d) { return bytes(d.limits().max_write_zeroes_sectors); }},
    {"read_ahead_kb", [](const device& d) { return kib(d.read_ahead()); }},
    {"rotational", [](const device& d) { return std::string(d.limits().rotational ? "1" : "0"); }},
};

struct queue_path {
  std::string device;  // "vda", "dm-0"
  const queue_file* file;
};

queue_path parse_path(const std::string& path) {
  const auto fail = [&] {
    throw command_error(fmt::format("'{}' is not part of the scenario language", path));
  };
  if (!path.starts_with(directory)) fail();
  const auto rest = std::string_view(path).substr(directory.size());
  const auto end = rest.find('/');
  constexpr std::string_view queue = "/queue/";
  if (end == std::string_view::npos || !rest.substr(end).starts_with(queue)) fail();
  const auto name = rest.substr(end + queue.size());
  const auto* const file = std::ranges::find(files, name, &queue_file::name);
  if (file == std::end(files)) fail();
  return {std::string(rest.substr(0, end)), file};
}

device* find(const machine& on, const std::string& name) {
  constexpr std::string_view mapped = "dm-";
  if (!name.starts_with(mapped)) return on.find_device("/dev/" + name);
  std::uint32_t minor = 0;
  const auto [end, problem] =
      std::from_chars(name.data() + mapped.size(), name.data() + name.size(), minor);
  if (problem != std::errc() || end != name.data() + name.size()) return nullptr;
  return on.find_device(device_number{mapped_major, minor});
}

int set_discard_max(device& on, std::string_view text, const kernel_rules& rules) {
  const auto value = parse_kernel_number(text);
  const auto& limits = on.limits();
  const std::uint64_t granule = limits.discard_granularity * sector_bytes;
  // By bits, as the kernel has it.
  if (!value || *value > UINT32_MAX || (*value & (granule - 1)) != 0) return EINVAL;
  on.limit_discards(*value / sector_bytes, rules);
  return 0;
}

}  // namespace

action prepare_cat(const command_text& command) {
  if (command.words.size() != 2) throw command_error("cat needs a file");
  const auto path = parse_path(command.words[1]);
  return [path](machine& on, command_output& to) {
    const device* found = find(on, path.device);
    if (found == nullptr) {
      to.messages += fmt::format("cat: no device '{}'\n", path.device);
      return 1;
    }
    to.out += path.file->show(*found) + "\n";
    return 0;
  };
}

action prepare_sysfs_write(const std::string& path, const std::string& text) {
  const auto parsed = parse_path(path);
  if (parsed.file->name != writable)
    throw command_error(fmt::format("'{}' cannot be written in the scenario language", path));
  return [parsed, text](machine& on, command_output& to) {
    device* found = find(on, parsed.device);
    const int failure = found == nullptr ? ENOENT : set_discard_max(*found, text, on.rules());
    if (failure == 0) return 0;
    to.messages += fmt::format("{}: {}\n", parsed.device, pdata::errno_text(failure));
    return 1;
  };
}

}  // namespace sim
