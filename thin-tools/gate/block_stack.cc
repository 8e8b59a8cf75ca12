#include "thin-tools/gate/block_stack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "persistent-data/base/ids.h"
#include "persistent-data/io/file_handle.h"
#include "thin-tools/gate/dm_question.h"

namespace thin_tools {

namespace fs = std::filesystem;
using pdata::sector_bytes;

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<place> device_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto high = number_of(text.substr(0, colon));
  const auto low = number_of(text.substr(colon + 1));
  if (!high || !low || *high > UINT32_MAX || *low > UINT32_MAX) return std::nullopt;
  return place{place::kind::device,
               makedev(static_cast<unsigned>(*high), static_cast<unsigned>(*low)),
               0,
               {}};
}

fs::path folder_of(std::uint64_t device) {
  return fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
}

std::uint64_t value_in(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : 0;
}

// The devices in a target's parameters, each with the word behind it.
struct named_device {
  place on;
  std::optional<std::uint64_t> offset;  // in sectors, where a number follows
};

std::vector<named_device> devices_in(std::istream& words) {
  std::vector<named_device> found;
  bool behind_device = false;
  for (std::string word; words >> word;) {
    const auto device = device_of(word);
    if (behind_device && !device) found.back().offset = number_of(word);
    behind_device = device.has_value();
    if (device) found.push_back({*device, std::nullopt});
  }
  return found;
}

// Which of a target's devices hold its bytes.
enum class target_layout : std::uint8_t {
  in_order,
  stripes,
  scattered,
  first_only,
  second_only,
  none
};

target_layout layout_of(std::string_view target) {
  constexpr std::string_view one_device[] = {"linear", "crypt", "delay",     "flakey",
                                             "dust",   "bow",   "log-writes"};
  if (std::ranges::find(one_device, target) != std::end(one_device)) return target_layout::in_order;
  if (target == "striped") return target_layout::stripes;
  if (target == "thin") return target_layout::none;
  if (target == "snapshot") return target_layout::second_only;  // origin, then its own store
  if (target == "snapshot-origin") return target_layout::first_only;
  return target_layout::scattered;  // a thin-pool over metadata and data, too
}

void add_target(std::uint64_t at, std::uint64_t length, const std::string& target,
                std::istream& words, std::vector<layer>& to) {
  const auto all = devices_in(words);
  const auto layout = layout_of(target);
  const auto add_whole = [&](const named_device& device) {
    to.push_back({at, length, device.on, 0, false, UINT64_MAX});
  };
  const auto add_in_order = [&](const named_device& device) {
    to.push_back({at, length, device.on, device.offset.value_or(0) * sector_bytes, true, 0});
  };
  switch (layout) {
    case target_layout::none:
      break;
    case target_layout::in_order:
      if (!all.empty()) add_in_order(all[0]);
      break;
    case target_layout::stripes:
      for (const auto& device : all)
        to.push_back({at, length, device.on, device.offset.value_or(0) * sector_bytes, false,
                      length / all.size()});
      break;
    case target_layout::first_only:
      if (!all.empty()) to.push_back({at, length, all[0].on, 0, true, 0});
      break;
    case target_layout::second_only:
      if (all.size() > 1) add_whole(all[1]);
      break;
    case target_layout::scattered:
      for (const auto& device : all) add_whole(device);
      break;
  }
}

// visit(begin, length, type, parameters), of bytes.
template <class Visit>
void for_each_target(std::string_view table, const Visit& visit) {
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::uint64_t start = 0;
    std::uint64_t length = 0;
    std::string target;
    if (words >> start >> length >> target)
      visit(start * sector_bytes, length * sector_bytes, target, words);
  }
}

class linux_block_stack : public block_stack {
 public:
  std::vector<layer> below(std::uint64_t device) const override {
    const auto folder = folder_of(device);
    std::error_code none;
    if (fs::exists(folder / "partition", none)) return below_partition(folder);
    if (fs::exists(folder / "loop", none)) return below_loop(device, folder);
    if (fs::exists(folder / "dm", none))
      return layers_of_dm_table(ask_dm(device, dm_question::table));
    return slaves(folder);
  }

  std::string loop_device_of(const place& file) const override {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/sys/block", none)) {
      if (!fs::exists(entry.path() / "loop", none)) continue;
      std::ifstream numbers(entry.path() / "dev");
      std::string text;
      const auto device = numbers >> text ? device_of(text) : std::nullopt;
      if (!device) continue;
      for (const auto& part : below_loop(device->device, entry.path()))
        if (part.on == file) return "/dev/" + entry.path().filename().string();
    }
    return "";
  }

  bool works_by_itself(std::uint64_t device) const override {
    std::error_code none;
    const auto folder = folder_of(device);
    return fs::exists(folder / "md", none) ||
           (fs::exists(folder / "dm", none) &&
            dm_table_works_by_itself(ask_dm(device, dm_question::table)));
  }

  std::vector<std::uint64_t> all_devices() const override {
    std::vector<std::uint64_t> all;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/sys/class/block", none)) {
      std::ifstream numbers(entry.path() / "dev");
      std::string text;
      const auto device = numbers >> text ? device_of(text) : std::nullopt;
      if (device) all.push_back(device->device);
    }
    return all;
  }

 private:
  static std::vector<layer> below_partition(const fs::path& folder) {
    std::ifstream numbers(fs::canonical(folder).parent_path() / "dev");
    std::string text;
    const auto disk = numbers >> text ? device_of(text) : std::nullopt;
    if (!disk) return {};
    return {{0, value_in(folder / "size") * sector_bytes, *disk,
             value_in(folder / "start") * sector_bytes, true, 0}};
  }

  static std::vector<layer> below_loop(std::uint64_t device, const fs::path& folder) {
    std::error_code none;
    const auto node = "/dev/" + fs::canonical(folder, none).filename().string();
    const auto opened = pdata::file_handle::open(node, O_RDONLY | O_NONBLOCK);
    struct stat info {};
    struct loop_info64 loop {};
    layer found;
    if (opened.ok() && ::fstat(opened->descriptor(), &info) == 0 && info.st_rdev == device &&
        ::ioctl(opened->descriptor(), LOOP_GET_STATUS64, &loop) == 0) {
      // Loop devices of block devices name these by their own number.
      found.on = loop.lo_rdevice != 0 ? place{place::kind::device, loop.lo_rdevice, 0, {}}
                                      : place{place::kind::file, loop.lo_device, loop.lo_inode, {}};
      found.begin = loop.lo_offset;
      if (loop.lo_sizelimit != 0) found.length = loop.lo_sizelimit;
      return {found};
    }
    std::ifstream names(folder / "loop" / "backing_file");
    std::string path;
    if (!std::getline(names, path) || ::stat(path.c_str(), &info) != 0) return {};
    found.on = S_ISBLK(info.st_mode) ? place{place::kind::device, info.st_rdev, 0, {}}
                                     : place{place::kind::file, info.st_dev, info.st_ino, {}};
    found.begin = value_in(folder / "loop" / "offset");
    if (const auto limit = value_in(folder / "loop" / "sizelimit"); limit != 0)
      found.length = limit;
    return {found};
  }

  static std::vector<layer> slaves(const fs::path& folder) {
    std::vector<layer> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder / "slaves", none)) {
      std::ifstream numbers(entry.path() / "dev");
      std::string text;
      const auto device = numbers >> text ? device_of(text) : std::nullopt;
      if (device) found.push_back({0, UINT64_MAX, *device, 0, false, UINT64_MAX});
    }
    return found;
  }
};

}  // namespace

std::vector<layer> layers_of_dm_table(std::string_view table) {
  std::vector<layer> found;
  for_each_target(table,
                  [&](std::uint64_t at, std::uint64_t length, const std::string& target,
                      std::istream& words) { add_target(at, length, target, words, found); });
  return found;
}

bool dm_table_works_by_itself(std::string_view table) {
  bool works = false;
  for_each_target(table,
                  [&](std::uint64_t, std::uint64_t, const std::string& target, std::istream&) {
                    works |= layout_of(target) == target_layout::scattered;
                  });
  return works;
}

std::uint64_t queue_limit(std::uint64_t device, const char* name) {
  const auto base = folder_of(device);
  for (const auto& queue : {base / "queue", base / ".." / "queue"})
    if (const auto value = value_in(queue / name); value != 0) return value;
  return 0;
}

std::string device_attribute(std::uint64_t device, const char* name) {
  std::ifstream file(folder_of(device) / name);
  std::string text;
  file >> text;
  return text;
}

std::string name_of_device(std::uint64_t device) {
  std::error_code failed;
  const auto folder = fs::canonical(folder_of(device), failed);
  return failed ? fmt::format("{}:{}", major(device), minor(device))
                : "/dev/" + folder.filename().string();
}

const block_stack& system_block_stack() {
  static const linux_block_stack stack;
  return stack;
}

}  // namespace thin_tools
