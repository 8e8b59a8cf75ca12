#include "thin-tools/delta/comparer.h"

#include <algorithm>

namespace thin_tools {

using pdata::mapping_run;

namespace {

bool data_goes_on(const delta_piece& open, const delta_piece& next) {
  const auto goes_on = [&](pdata::data_block before, pdata::data_block after, difference absent) {
    return next.kind == absent || before + open.length == after;
  };
  return goes_on(open.left_data, next.left_data, difference::right_only) &&
         goes_on(open.right_data, next.right_data, difference::left_only);
}

}  // namespace

// What was compared is moved away when it is as much as what was not.
void comparer::side::add(std::span<const mapping_run> runs) {
  if (first_ * 2 >= runs_.size()) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  runs_.insert(runs_.end(), runs.begin(), runs.end());
}

std::uint64_t comparer::side::length_below(std::optional<std::uint64_t> key) const {
  if (first_ == runs_.size()) return 0;
  const mapping_run& run = front();
  if (!key) return run.length;
  return run.begin < *key ? std::min(run.length, *key - run.begin) : 0;
}

void comparer::side::drop(std::uint64_t length) {
  mapping_run& run = runs_[first_];
  if (length == run.length) {
    ++first_;
    return;
  }
  run.begin += length;
  run.data_begin += length;
  run.length -= length;
}

void comparer::side::known_to(std::optional<std::uint64_t> key) {
  if (!key)
    complete_ = true;
  else
    unknown_from_ = std::max(unknown_from_, *key);
}

void comparer::left_known_to(std::optional<std::uint64_t> key) { left_.known_to(key); }
void comparer::right_known_to(std::optional<std::uint64_t> key) { right_.known_to(key); }

void comparer::emit(const delta_piece& next) {
  if (open_ && open_->kind == next.kind && open_->begin + open_->length == next.begin &&
      (detail_ == delta_detail::virtual_blocks || data_goes_on(*open_, next))) {
    open_->length += next.length;
    return;
  }
  if (open_) emit_(*open_);
  open_ = next;
}

void comparer::compare() {
  std::optional<std::uint64_t> bound;
  for (const auto* one : {&left_, &right_})
    if (!one->complete())
      bound = std::min(bound.value_or(one->unknown_from()), one->unknown_from());
  for (;;) {
    const auto left_length = left_.length_below(bound);
    const auto right_length = right_.length_below(bound);
    if (left_length == 0 && right_length == 0) return;
    if (right_length == 0 || (left_length != 0 && left_.front().begin < right_.front().begin)) {
      const auto& left = left_.front();
      const auto length = right_length != 0
                              ? std::min(left_length, right_.front().begin - left.begin)
                              : left_length;
      emit({difference::left_only, left.begin, length, left.data_begin, 0});
      left_.drop(length);
    } else if (left_length == 0 || right_.front().begin < left_.front().begin) {
      const auto& right = right_.front();
      const auto length = left_length != 0
                              ? std::min(right_length, left_.front().begin - right.begin)
                              : right_length;
      emit({difference::right_only, right.begin, length, 0, right.data_begin});
      right_.drop(length);
    } else {
      const auto& left = left_.front();
      const auto& right = right_.front();
      const auto length = std::min(left_length, right_length);
      const bool same = left.data_begin == right.data_begin;
      emit({same ? difference::same : difference::different, left.begin, length, left.data_begin,
            right.data_begin});
      left_.drop(length);
      right_.drop(length);
    }
  }
}

void comparer::finish() {
  left_.known_to(std::nullopt);
  right_.known_to(std::nullopt);
  compare();
  if (open_) emit_(*open_);
  open_.reset();
}

}  // namespace thin_tools
