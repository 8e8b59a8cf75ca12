#include "thin-tools/gate/storage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace thin_tools {

namespace fs = std::filesystem;

namespace {

// Devices that stand on each other in a circle are nothing that Linux allows.
constexpr int depth_max = 64;
constexpr int links_max = 40;

void descend(byte_range range, const block_stack& stack, int depth, storage& to) {
  const auto layers = range.on.what == place::kind::device && depth < depth_max
                          ? stack.below(range.on.device)
                          : std::vector<layer>();
  if (layers.empty()) {
    if (std::ranges::find(to, range) == to.end()) to.push_back(std::move(range));
    return;
  }
  for (const auto& part : layers) {
    const auto part_end = part.length > UINT64_MAX - part.at ? UINT64_MAX : part.at + part.length;
    const auto begin = std::max(range.begin, part.at);
    const auto end = std::min(range.end, part_end);
    if (begin >= end) continue;
    const auto below = [&part](std::uint64_t offset) {
      return offset > UINT64_MAX - part.begin ? UINT64_MAX : part.begin + offset;
    };
    auto through = range.through;
    if (part.in_order) {
      descend({part.on, below(begin - part.at), below(end - part.at), std::move(through)}, stack,
              depth + 1, to);
    } else {
      through.push_back({range.on.device, begin, end});
      descend({part.on, part.begin, below(part.spread), std::move(through)}, stack, depth + 1, to);
    }
  }
}

// Parts of a device that lie apart stay apart below it, wherever they are.
bool are_apart(const byte_range& one, const byte_range& other) {
  return std::ranges::any_of(one.through, [&](const spread_part& a) {
    return std::ranges::any_of(other.through, [&](const spread_part& b) {
      return a.device == b.device && (a.end <= b.begin || b.end <= a.begin);
    });
  });
}

storage storage_of_target(const struct stat& info, const block_stack& stack) {
  if (S_ISBLK(info.st_mode)) return storage_of_device(info.st_rdev, stack);
  if (S_ISREG(info.st_mode))
    return {{{place::kind::file, info.st_dev, info.st_ino, {}}, 0, UINT64_MAX}};
  return {};
}

// The name itself, whatever file has it: one that is made meanwhile, or replaced, is met by it.
storage storage_of_name(const fs::path& last) {
  struct stat info {};
  const auto folder = last.has_parent_path() ? last.parent_path() : fs::path(".");
  if (::stat(folder.c_str(), &info) != 0) return {};
  return {{{place::kind::name, info.st_dev, info.st_ino, last.filename().string()}, 0, UINT64_MAX}};
}

void add_devices_below(std::uint64_t device, const block_stack& stack, int depth,
                       std::vector<std::uint64_t>& to) {
  if (depth == depth_max || std::ranges::find(to, device) != to.end()) return;
  to.push_back(device);
  for (const auto& part : stack.below(device))
    if (part.on.what == place::kind::device)
      add_devices_below(part.on.device, stack, depth + 1, to);
}

}  // namespace

storage storage_of_device(std::uint64_t device, const block_stack& stack) {
  storage found;
  descend({{place::kind::device, device, 0, {}}, 0, UINT64_MAX}, stack, 0, found);
  return found;
}

std::string end_of_links(const std::string& path) {
  fs::path at(path);
  std::error_code failed;
  for (int i = 0; i < links_max && fs::is_symlink(fs::symlink_status(at, failed)); ++i) {
    const auto target = fs::read_symlink(at, failed);
    if (failed) break;
    at = target.is_absolute() ? target : at.parent_path() / target;
  }
  return at.string();
}

storage storage_of(const std::string& path, const block_stack& stack) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return storage_of_name(fs::path(end_of_links(path)));
  auto found = storage_of_target(info, stack);
  std::error_code failed;
  const auto resolved = fs::canonical(path, failed);
  if (S_ISREG(info.st_mode) && !failed)
    for (auto& named : storage_of_name(resolved)) found.push_back(std::move(named));
  return found;
}

std::vector<std::uint64_t> meeting_devices(std::uint64_t device, const block_stack& stack) {
  std::vector<std::uint64_t> own;
  add_devices_below(device, stack, 0, own);
  const auto bytes = storage_of_device(device, stack);
  std::vector<std::uint64_t> found;
  for (const auto other : stack.all_devices())
    if (std::ranges::find(own, other) == own.end() && meet(bytes, storage_of_device(other, stack)))
      found.push_back(other);
  return found;
}

storage storage_of_open(int descriptor, descriptors which, const block_stack& stack) {
  struct stat info {};
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fstat(descriptor, &info) != 0) return {};
  const bool is_writable = (flags & O_ACCMODE) != O_RDONLY && (flags & O_PATH) == 0;
  if (which == descriptors::writable && !is_writable) return {};
  return storage_of_target(info, stack);
}

bool meet(const storage& one, const storage& other) {
  return std::ranges::any_of(one, [&](const byte_range& a) {
    return std::ranges::any_of(other, [&](const byte_range& b) {
      return a.on == b.on && a.begin < b.end && b.begin < a.end && !are_apart(a, b);
    });
  });
}

}  // namespace thin_tools
