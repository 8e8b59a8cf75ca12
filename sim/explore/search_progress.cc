#include "sim/explore/search_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/dm/event_loop.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::explore {

namespace {

std::string seconds_text(double seconds) {
  constexpr double most = 1e9;  // thirty years
  return thin_tools::page::time_text(static_cast<std::uint64_t>(std::min(seconds, most)) *
                                     one_second);
}

}  // namespace

void search_estimate::begin(const search_state& state, double now) {
  length_ = state.depth;
  beginnings_ = state.frontier.size();
  done_ = state.next_node;
  found_ = state.found.size();
  is_over_ = state.is_over;
  last_ = now;
}

void search_estimate::update(const search_state& state, double now) {
  seconds_ += now - last_;
  const bool has_moved_on = state.depth != length_ || state.is_over;
  measured_ += (has_moved_on ? beginnings_ : state.next_node) - std::min(done_, beginnings_);
  if (has_moved_on) {
    if (measured_ != 0) {
      const double each = seconds_ / static_cast<double>(measured_);
      if (seconds_before_ && *seconds_before_ > 0) {
        dearer_ = each / *seconds_before_;
        knows_dearer_ = true;
      }
      seconds_before_ = each;
    }
    seconds_ = 0;
    measured_ = 0;
  }
  begin(state, now);
}

std::optional<double> search_estimate::seconds_for_each() const {
  if (measured_ != 0) return seconds_ / static_cast<double>(measured_);
  if (seconds_before_ && knows_dearer_) return *seconds_before_ * dearer_;
  return std::nullopt;
}

search_estimate::forecast search_estimate::ahead() const {
  forecast f;
  f.is_over = is_over_;
  const auto each = seconds_for_each();
  if (is_over_ || !each) return f;
  f.this_length = *each * static_cast<double>(beginnings_ - done_);
  if (length_ >= depth_) {
    f.longer = 0;
    return f;
  }
  if (done_ == 0) return f;
  f.growth = static_cast<double>(found_) / static_cast<double>(done_);
  double beginnings = static_cast<double>(beginnings_);
  double cost = *each;
  f.longer = 0;
  for (unsigned length = length_; length < depth_; ++length) {
    beginnings *= f.growth;
    cost *= dearer_;
    *f.longer += beginnings * cost;
  }
  return f;
}

std::string search_estimate::where() const {
  return fmt::format("{}: histories of {} operations: {} % of {} beginnings", pool_, length_,
                     beginnings_ == 0 ? 100 : 100 * done_ / beginnings_, beginnings_);
}

std::string progress_of(std::span<const search_estimate> all, std::uint64_t crash_states) {
  const auto now = std::ranges::max_element(all, {}, &search_estimate::last_update);
  if (now == all.end()) return {};
  const auto here = now->ahead();
  std::string text = now->where();
  if (here.this_length) text += fmt::format(", about {} left", seconds_text(*here.this_length));
  if (here.longer && *here.longer > 0)
    text += fmt::format("; longer ones {} if there go on to be {:.1f} times as many",
                        seconds_text(*here.longer), here.growth);
  std::string unknown;
  double others = 0;
  for (const auto& each : all) {
    if (&each == &*now) {
      if (!here.is_over && (!here.this_length || !here.longer)) unknown = each.pool();
      continue;
    }
    const auto f = each.ahead();
    if (f.is_over) continue;
    if (f.this_length && f.longer)
      others += *f.this_length + *f.longer;
    else
      unknown += (unknown.empty() ? "" : ", ") + each.pool();
  }
  if (others > 0) text += fmt::format("; other pools {}", seconds_text(others));
  if (!unknown.empty()) text += fmt::format("; time not known yet: {}", unknown);
  return text + fmt::format("; {} crash states", crash_states);
}

}  // namespace sim::explore
