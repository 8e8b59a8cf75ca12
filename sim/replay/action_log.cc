#include "sim/replay/action_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim::replay {

namespace {

constexpr sector longest_write = 1 << 15;  // of a line

}  // namespace

std::string action_log::pause() const {
  return fmt::format("sleep {}.{:09}", passed_ / one_second, passed_ % one_second);
}

std::vector<std::string> action_log::lines_until_now() const {
  auto lines = lines_;
  if (passed_ != 0) lines.push_back(pause());
  return lines;
}

void action_log::add(std::string line) {
  if (passed_ != 0) lines_.push_back(pause());
  passed_ = 0;
  lines_.push_back(std::move(line));
}

void action_log::request(const std::string& device, const block_request& what,
                         std::uint64_t number) {
  const auto path = "/dev/mapper/" + device;
  if (what.preflush) add(fmt::format("io {} flush", path));
  if (what.count == 0) return;
  if (what.op == io_op::read)
    return add(fmt::format("io {} read {} {}", path, what.first, what.count));
  if (what.op == io_op::discard)
    return add(fmt::format("io {} discard {} {}", path, what.first, what.count));
  for (sector done = 0; done < what.count; done += longest_write) {
    const sector first = what.first + done;
    const sector count = std::min<sector>(what.count - done, longest_write);
    if (what.payload.is_zero())
      add(fmt::format("dd if=/dev/zero of={} bs=512 seek={} count={}", path, first, count));
    else
      add(fmt::format("io {} write {} {} {}{}", path, first, count, number,
                      what.fua ? " sync" : ""));
  }
}

}  // namespace sim::replay
