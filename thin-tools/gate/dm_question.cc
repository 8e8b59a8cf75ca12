#include "thin-tools/gate/dm_question.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "persistent-data/io/file_handle.h"

namespace thin_tools {

namespace {

constexpr std::size_t smallest_answer = std::size_t{64} << 10;
constexpr std::size_t largest_answer = std::size_t{64} << 20;

std::string lines_of(const dm_ioctl& head, std::size_t bytes) {
  const auto* const start = reinterpret_cast<const char*>(&head) + head.data_start;
  const auto room = bytes - head.data_start;
  std::string text;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < head.target_count && at + sizeof(dm_target_spec) < room; ++i) {
    dm_target_spec target;
    std::memcpy(&target, start + at, sizeof target);
    const char* const words = start + at + sizeof target;
    const std::string_view parameters(words, ::strnlen(words, room - at - sizeof target));
    const std::string_view type(target.target_type,
                                ::strnlen(target.target_type, sizeof target.target_type));
    text += fmt::format("{} {} {} {}\n", target.sector_start, target.length, type, parameters);
    at = target.next;
  }
  return text;
}

}  // namespace

std::string ask_dm(std::uint64_t device, dm_question what) {
  const auto control = pdata::file_handle::open("/dev/mapper/control", O_RDWR);
  if (!control.ok()) return "";
  for (auto bytes = smallest_answer; bytes <= largest_answer; bytes *= 8) {
    std::vector<std::uint64_t> memory(bytes / sizeof(std::uint64_t));
    auto* const head = reinterpret_cast<dm_ioctl*>(memory.data());
    head->version[0] = DM_VERSION_MAJOR;
    head->data_size = static_cast<std::uint32_t>(bytes);
    head->data_start = sizeof(dm_ioctl);
    head->flags = what == dm_question::table ? DM_STATUS_TABLE_FLAG : 0;
    head->dev = device;
    if (::ioctl(control->descriptor(), DM_TABLE_STATUS, head) != 0) return "";
    if ((head->flags & DM_BUFFER_FULL_FLAG) == 0) return lines_of(*head, bytes);
  }
  return "";
}

}  // namespace thin_tools
