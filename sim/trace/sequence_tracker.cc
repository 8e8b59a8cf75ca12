#include "sim/trace/sequence_tracker.h"

#include "sim/trace/device_number.h"

namespace sim::trace {

namespace {

constexpr unsigned word_bits = 32;

}  // namespace

void sequence_tracker::saw(std::uint32_t device, std::uint32_t processor, std::uint32_t sequence) {
  const std::uint64_t key = (std::uint64_t{device} << word_bits) | processor;
  recent& last = recent_[(device + processor) % nr_recent];
  if (last.found == nullptr || key != last.key) {
    if (streams_.size() >= streams_max && !streams_.contains(key)) return;
    last = {key, &streams_[key]};
  }
  stream& found = *last.found;
  // A number that is not above the last one begins a trace that was appended.
  if (sequence > found.last)
    found.lost += sequence - found.last - 1;
  else
    found.lost += sequence == 0 ? 0 : sequence - 1;
  found.last = sequence;
}

std::vector<lost_records> sequence_tracker::lost() const {
  std::vector<lost_records> all;
  for (const auto& [key, found] : streams_) {
    if (found.lost == 0) continue;
    all.push_back({device_number_text(static_cast<std::uint32_t>(key >> word_bits)),
                   static_cast<std::uint32_t>(key), found.lost});
  }
  return all;
}

}  // namespace sim::trace
