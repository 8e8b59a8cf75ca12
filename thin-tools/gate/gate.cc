#include "thin-tools/gate/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/gate_watch.h"
#include "thin-tools/gate/storage.h"

namespace thin_tools {

using pdata::error;

struct pass::entry {
  request wanted;
  storage bytes;
  std::optional<place> target;  // what the path led to; none: nothing was there
};

namespace {

constexpr std::string_view standard_input = "-";

std::optional<place> target_of(const struct stat& info) {
  if (S_ISBLK(info.st_mode)) return place{place::kind::device, info.st_rdev, 0, {}};
  return place{place::kind::file, info.st_dev, info.st_ino, {}};
}

std::optional<place> target_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? target_of(info) : std::nullopt;
}

std::string named(const request& one) {
  return one.path == standard_input ? fmt::format("{} (standard input)", one.role)
                                    : fmt::format("{} '{}'", one.role, one.path);
}

[[noreturn]] void refuse(const request& one, const std::string& other, bool input_and_output) {
  throw error(fmt::format("{}{} and {} are on the same bytes",
                          input_and_output ? "Input and output are the same: " : "", named(one),
                          other));
}

bool changes(const request& one) { return one.how != use::read; }

// What a pool is made of: the same bytes are never two of them, also where nothing changes them.
bool are_parts_of_a_pool(const request& one, const request& other) {
  constexpr std::array<std::string_view, 3> parts{"metadata", "data device", "external origin"};
  const auto is_part = [&](const std::string& role) {
    return std::ranges::find(parts, role) != parts.end();
  };
  return one.role != other.role && is_part(one.role) && is_part(other.role);
}

// Names of standard output and error: what is written to them by these names is meant to.
bool names_own_stream(std::string_view path) {
  constexpr std::array names{"/dev/stdout", "/dev/stderr",     "/dev/fd/1",
                             "/dev/fd/2",   "/proc/self/fd/1", "/proc/self/fd/2"};
  return std::ranges::find(names, path) != names.end();
}

// Nothing gets there any more, not even the report of this failure.
void shut(int descriptor) {
  const auto nothing = pdata::file_handle::open("/dev/null", O_WRONLY);
  if (nothing.ok())
    ::dup2(nothing->descriptor(), descriptor);
  else
    ::close(descriptor);
}

void compare_with_streams(const pass::entry& entry) {
  if (changes(entry.wanted) && names_own_stream(entry.wanted.path)) return;
  constexpr std::array streams{std::pair{STDOUT_FILENO, "standard output"},
                               std::pair{STDERR_FILENO, "standard error"}};
  for (const auto& [descriptor, name] : streams)
    if (meet(entry.bytes,
             storage_of_open(descriptor, descriptors::writable, system_block_stack()))) {
      shut(descriptor);
      refuse(entry.wanted, name, !changes(entry.wanted));
    }
}

class visitors {
 public:
  std::shared_ptr<const pass::entry> let_in(pass::entry&& wanted) {
    const std::lock_guard lock(mutex_);
    std::erase_if(inside_, [](const auto& entry) { return entry.expired(); });
    for (const auto& other : inside_) {
      const auto entry = other.lock();
      if (!entry) continue;
      if (entry->wanted.role == wanted.wanted.role && entry->wanted.path == wanted.wanted.path) {
        // A file that is replaced is another one the next time: a state.
        if (entry->wanted.how == wanted.wanted.how && entry->wanted.how != use::replace)
          return entry;
        continue;  // read, and made anew or changed in turn: a state, metadata
      }
      const bool matters = changes(entry->wanted) || changes(wanted.wanted) ||
                           are_parts_of_a_pool(entry->wanted, wanted.wanted);
      if (matters && meet(entry->bytes, wanted.bytes))
        refuse(entry->wanted, named(wanted.wanted),
               changes(entry->wanted) != changes(wanted.wanted));
    }
    compare_with_streams(wanted);
    auto entry = std::make_shared<const pass::entry>(std::move(wanted));
    inside_.push_back(entry);
    if (nr_watches_ != 0) kept_.push_back(entry);
    return entry;
  }

  void begin_watch() {
    const std::lock_guard lock(mutex_);
    ++nr_watches_;
  }
  void end_watch() {
    const std::lock_guard lock(mutex_);
    if (--nr_watches_ == 0) kept_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<const pass::entry>> inside_;
  std::vector<std::shared_ptr<const pass::entry>> kept_;
  int nr_watches_ = 0;
};

visitors& all_visitors() {
  static visitors inside;
  return inside;
}

void refuse_read_only(int descriptor, const std::string& path) {
  int read_only = 0;
  if (::ioctl(descriptor, BLKROGET, &read_only) == 0 && read_only != 0)
    throw error(fmt::format("'{}' is a read-only device; nothing was changed", path));
}

void refuse_behind_loop_device(const place& file, const std::string& path) {
  const auto device = system_block_stack().loop_device_of(file);
  if (!device.empty())
    throw error(fmt::format("'{}' is in use: it is behind the loop device {}", path, device));
}

// A claim (O_EXCL) is of one device: the same bytes may be mounted by way of another one that
// stands on them, which its own claim tells. A pool needs nobody's to write.
void refuse_in_use_elsewhere(std::uint64_t device, const std::string& path) {
  for (const auto other : meeting_devices(device, system_block_stack())) {
    const auto name = name_of_device(other);
    const auto claimed = pdata::file_handle::open(name, O_RDONLY | O_EXCL | O_NONBLOCK);
    if (claimed.errno_value() == EBUSY || system_block_stack().works_by_itself(other))
      throw error(
          fmt::format("'{}' is in use: {} has the same bytes, and is mounted, or something else "
                      "uses it",
                      path, name));
  }
}

}  // namespace

gate_watch::gate_watch() { all_visitors().begin_watch(); }
gate_watch::~gate_watch() { all_visitors().end_watch(); }

const std::string& pass::path() const { return entry_->wanted.path; }
const std::string& pass::role() const { return entry_->wanted.role; }
use pass::how() const { return entry_->wanted.how; }
bool pass::is_block_device() const {
  return entry_->target && entry_->target->what == place::kind::device;
}

pdata::result<pdata::file_handle> pass::open(claim how_claimed, int flags) const {
  if (changes() && entry_->target && entry_->target->what == place::kind::file)
    refuse_behind_loop_device(*entry_->target, path());
  if (changes() && is_block_device()) refuse_in_use_elsewhere(entry_->target->device, path());
  if (how() != use::replace)
    flags |= changes() ? O_RDWR : O_RDONLY;
  else
    flags |= O_WRONLY;
  const bool direct = is_block_device() && how() != use::replace;
  // Without O_CREAT O_EXCL has a meaning for block devices only.
  if (is_block_device()) {
    flags &= ~O_CREAT;
    if (changes() || how_claimed == claim::exclusive) flags |= O_EXCL;
  }
  auto opened = direct ? pdata::file_handle::open_direct(path(), flags)
                       : pdata::file_handle::open(path(), flags);
  if (!opened.ok()) {
    // Devices that are read-only refuse it themselves where they are asked to at all.
    if (opened.errno_value() == EROFS && is_block_device())
      throw error(fmt::format("'{}' is a read-only device; nothing was changed", path()));
    return opened;
  }
  struct stat info {};
  if (::fstat(opened->descriptor(), &info) != 0) return pdata::status(errno);
  if (entry_->target && target_of(info) != entry_->target)
    throw error(fmt::format("'{}' became another file or device meanwhile", path()));
  if (S_ISBLK(info.st_mode) && changes()) refuse_read_only(opened->descriptor(), path());
  return opened;
}

pdata::result<pdata::file_handle> pass::look() const {
  return pdata::file_handle::open(path(), O_RDONLY | O_NONBLOCK);
}

pass admit(const request& wanted) {
  const bool stream = wanted.path == standard_input && wanted.how == use::read;
  pass::entry entry{
      .wanted = wanted,
      .bytes = stream ? storage_of_open(STDIN_FILENO, descriptors::all, system_block_stack())
                      : storage_of(wanted.path, system_block_stack()),
      .target = stream ? std::nullopt : target_of(wanted.path)};
  return pass(all_visitors().let_in(std::move(entry)));
}

}  // namespace thin_tools
