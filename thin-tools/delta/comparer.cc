#include "thin-tools/delta/comparer.h"

#include <algorithm>

namespace thin_tools {

bool join(delta_piece& open, const delta_piece& next) {
  const auto goes_on = [&](pdata::data_block before, pdata::data_block after, difference absent) {
    return next.kind == absent || before + open.length == after;
  };
  const bool joins = open.kind == next.kind && open.begin + open.length == next.begin &&
                     goes_on(open.left_data, next.left_data, difference::right_only) &&
                     goes_on(open.right_data, next.right_data, difference::left_only);
  if (joins) open.length += next.length;
  return joins;
}

using pdata::mapping_run;

std::optional<mapping_run> comparer::side::front_below(std::optional<std::uint64_t> key) const {
  if (runs.empty()) return std::nullopt;
  mapping_run run = runs.front();
  if (!key) return run;
  if (run.begin >= *key) return std::nullopt;
  run.length = std::min(run.length, *key - run.begin);
  return run;
}

void comparer::side::drop(std::uint64_t length) {
  mapping_run& run = runs.front();
  if (length == run.length) {
    runs.pop_front();
    return;
  }
  run.begin += length;
  run.data_begin += length;
  run.length -= length;
}

void comparer::side::known_to(std::optional<std::uint64_t> key) {
  if (!key)
    complete = true;
  else
    unknown_from = std::max(unknown_from, *key);
}

void comparer::left_known_to(std::optional<std::uint64_t> key) { left_.known_to(key); }
void comparer::right_known_to(std::optional<std::uint64_t> key) { right_.known_to(key); }

void comparer::compare() {
  std::optional<std::uint64_t> bound;
  for (const auto* one : {&left_, &right_})
    if (!one->complete) bound = std::min(bound.value_or(one->unknown_from), one->unknown_from);
  for (;;) {
    const auto left = left_.front_below(bound);
    const auto right = right_.front_below(bound);
    if (!left && !right) return;
    if (left && (!right || left->begin < right->begin)) {
      const auto length = right ? std::min(left->length, right->begin - left->begin) : left->length;
      joiner_.add({difference::left_only, left->begin, length, left->data_begin, 0});
      left_.drop(length);
    } else if (!left || right->begin < left->begin) {
      const auto length =
          left ? std::min(right->length, left->begin - right->begin) : right->length;
      joiner_.add({difference::right_only, right->begin, length, 0, right->data_begin});
      right_.drop(length);
    } else {
      const auto length = std::min(left->length, right->length);
      const bool same = left->data_begin == right->data_begin;
      joiner_.add({same ? difference::same : difference::different, left->begin, length,
                   left->data_begin, right->data_begin});
      left_.drop(length);
      right_.drop(length);
    }
  }
}

void comparer::finish() {
  left_.complete = true;
  right_.complete = true;
  compare();
  joiner_.finish();
}

}  // namespace thin_tools
