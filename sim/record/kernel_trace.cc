#include "sim/record/kernel_trace.h"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "persistent-data/base/error.h"
#include "thin-tools/gate/gate.h"

namespace sim::record {

namespace {

// struct blk_user_trace_setup: what is 0 means all.
struct setup_v1 {
  std::array<char, 32> name;  // the kernel's answer
  std::uint16_t action_mask;
  std::uint32_t buffer_bytes;
  std::uint32_t buffer_count;
  std::uint64_t first_sector;
  std::uint64_t end_sector;
  std::uint32_t process;
};

// struct blk_user_trace_setup2
struct setup_v2 {
  std::array<char, 64> name;
  std::uint64_t action_mask;
  std::uint32_t buffer_bytes;
  std::uint32_t buffer_count;
  std::uint64_t first_sector;
  std::uint64_t end_sector;
  std::uint32_t process;
  std::uint32_t flags;
  std::array<std::uint64_t, 11> reserved;
};

// i386 aligns eight bytes to four, in the kernel's structure too.
static_assert((sizeof(setup_v1) == 72 && offsetof(setup_v1, first_sector) == 48) ||
              (sizeof(setup_v1) == 64 && sizeof(void*) == 4));
static_assert(sizeof(setup_v2) == 192 && offsetof(setup_v2, first_sector) == 80);

constexpr unsigned long request_setup = _IOWR(0x12, 115, setup_v1);
constexpr unsigned long request_start = _IO(0x12, 116);
constexpr unsigned long request_stop = _IO(0x12, 117);
constexpr unsigned long request_teardown = _IO(0x12, 118);
constexpr unsigned long request_setup_v2 = _IOWR(0x12, 142, setup_v2);

// 0, or the errno.
template <class Setup>
int set_up(int descriptor, unsigned long request, const buffer_sizes& sizes, std::string& name) {
  Setup setup{};
  setup.buffer_bytes = sizes.bytes;
  setup.buffer_count = sizes.count;
  if (::ioctl(descriptor, request, &setup) != 0) return errno;
  name.assign(setup.name.data(), ::strnlen(setup.name.data(), setup.name.size()));
  return 0;
}

std::string_view hint(int failure) {
  switch (failure) {
    case EBUSY:
      return " (it is being traced already)";
    case ENOTTY:
      return " (it is no block device, or the kernel cannot trace them)";
    case ENOENT:
      return " (debugfs is not mounted: mount -t debugfs debugfs /sys/kernel/debug)";
    default:
      return "";
  }
}

}  // namespace

kernel_trace::kernel_trace(const std::string& device, const std::string& debugfs,
                           const buffer_sizes& sizes)
    : device_(device) {
  auto opened =
      thin_tools::admit_reading("device " + device, device).open(thin_tools::pass::claim::shared);
  if (!opened.ok()) pdata::throw_errno("cannot trace", device, opened.errno_value());
  file_ = std::move(*opened);
  std::string name;
  int failure = set_up<setup_v2>(file_.descriptor(), request_setup_v2, sizes, name);
  // Kernels that lack it say either.
  if (failure == ENOTTY || failure == EINVAL) {
    version_ = 1;
    failure = set_up<setup_v1>(file_.descriptor(), request_setup, sizes, name);
  }
  if (failure != 0)
    throw pdata::error(
        fmt::format("cannot trace '{}': {}{}", device, pdata::errno_text(failure), hint(failure)));
  directory_ = fmt::format("{}/block/{}", debugfs, name);
}

kernel_trace::~kernel_trace() {
  if (running_) ::ioctl(file_.descriptor(), request_stop);
  ::ioctl(file_.descriptor(), request_teardown);
}

void kernel_trace::control(unsigned long request, const char* what) {
  if (::ioctl(file_.descriptor(), request) != 0) pdata::throw_errno(what, device_, errno);
}

void kernel_trace::start() {
  control(request_start, "cannot start the trace of");
  running_ = true;
}

void kernel_trace::stop() {
  control(request_stop, "cannot stop the trace of");
  running_ = false;
}

}  // namespace sim::record
