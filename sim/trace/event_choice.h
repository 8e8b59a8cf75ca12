// Which of a block layer trace's events are its requests.
//
// A request is traced when it is queued (Q, block_bio_queue), when it is given
// to the driver (D, block_rq_issue) and when it completes (C,
// block_rq_complete). Queue events are whole requests before any was split or
// merged; where a trace has none, the next best are taken, and that is said.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sim::trace {

enum class event_kind : std::uint8_t { queue, issue, complete };

inline constexpr std::array event_kinds{event_kind::queue, event_kind::issue, event_kind::complete};

// "queue", "issue", "complete", as the option --events takes them.
constexpr std::string_view name_of(event_kind kind) {
  switch (kind) {
    case event_kind::queue:
      return "queue";
    case event_kind::issue:
      return "issue";
    case event_kind::complete:
      return "complete";
  }
  return "";
}

constexpr std::optional<event_kind> event_of_name(std::string_view name) {
  for (const event_kind kind : event_kinds)
    if (name == name_of(kind)) return kind;
  return std::nullopt;
}

// The letter of blktrace's events, for messages.
constexpr char letter_of(event_kind kind) {
  return kind == event_kind::queue ? 'Q' : kind == event_kind::issue ? 'D' : 'C';
}

constexpr std::optional<event_kind> event_of_letter(std::string_view action) {
  for (const event_kind kind : event_kinds)
    if (action.size() == 1 && action.front() == letter_of(kind)) return kind;
  return std::nullopt;
}

// The kinds that the beginning of a trace has.
class event_set {
 public:
  void add(event_kind kind) { bits_ |= bit(kind); }
  void add(const event_set& other) { bits_ |= other.bits_; }
  bool any() const { return bits_ != 0; }
  bool has(event_kind kind) const { return (bits_ & bit(kind)) != 0; }
  // Queue events also where none of any kind was seen.
  event_kind best() const {
    for (const event_kind kind : event_kinds)
      if (has(kind)) return kind;
    return event_kind::queue;
  }

 private:
  static unsigned bit(event_kind kind) { return 1U << static_cast<unsigned>(kind); }
  unsigned bits_ = 0;
};

}  // namespace sim::trace
