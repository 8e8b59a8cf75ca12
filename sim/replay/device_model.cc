#include "sim/replay/device_model.h"

#include <fmt/format.h>

#include "persistent-data/base/checked_math.h"

namespace sim::replay {

namespace {

// Stands in the map for sectors that may hold anything.
constexpr std::uint64_t unknown_number = written_map::last_number;

// All sectors of the content, which lies at `first`, are of that request.
bool is_stamp_of(const content& what, sector first, sector count, std::uint64_t number) {
  switch (what.what()) {
    case content::kind::zero:
      return number == possible_contents::zeroes;
    case content::kind::stamp:
      return number != possible_contents::zeroes && what.seed() == number &&
             what.stamped_sector() == first;
    case content::kind::bytes:
      break;
  }
  for (sector n = 0; n < count; ++n) {
    const auto wanted =
        number == possible_contents::zeroes ? content() : content::stamped(number, first + n);
    if (what.at(n).first_sector() != wanted.first_sector()) return false;
  }
  return true;
}

bool is_same(const content& a, const content& b, sector count) {
  if (a.is_zero() && b.is_zero()) return true;
  if (a.what() == content::kind::stamp && b.what() == content::kind::stamp)
    return a.seed() == b.seed() && a.stamped_sector() == b.stamped_sector();
  for (sector n = 0; n < count; ++n)
    if (a.at(n).first_sector() != b.at(n).first_sector()) return false;
  return true;
}

std::string text_of(const content& what, sector first) {
  if (what.is_zero()) return "zeroes";
  if (what.what() == content::kind::bytes) return "other bytes";
  if (what.stamped_sector() == first) return fmt::format("what request {} wrote", what.seed());
  return fmt::format("what request {} wrote at sector {}", what.seed(), what.stamped_sector());
}

}  // namespace

void device_model::written(sector first, sector count, std::uint64_t number, write_kind kind) {
  written_.put(first, count, number);
  open_.settle(first, count);
  if (!rules_.keeps_what_may_be_lost) return;
  if (kind == write_kind::fua) {
    durable_.put(first, count, number);
    since_flush_.settle(first, count);
  } else {
    since_flush_.add(first, count, number);
  }
}

bool device_model::whole_blocks(sector& first, sector& count) const {
  const sector begin = pdata::div_up(first, rules_.block_sectors) * rules_.block_sectors;
  const sector end = (first + count) / rules_.block_sectors * rules_.block_sectors;
  first = begin;
  count = end - std::min(begin, end);
  return count != 0;
}

void device_model::discarded(sector first, sector count) {
  if (!whole_blocks(first, count)) return;
  switch (below_) {
    case below::base:
      written_.erase(first, count);
      break;
    case below::zeroes:
      written_.put(first, count, possible_contents::zeroes);
      break;
    case below::unknown:
      written_.put(first, count, unknown_number);
      break;
  }
  open_.settle(first, count);
  if (rules_.keeps_what_may_be_lost) since_flush_.add(first, count, possible_contents::zeroes);
}

void device_model::flushed() {
  if (!rules_.keeps_what_may_be_lost) return;
  durable_ = written_;
  since_flush_ = open_;
}

void device_model::maybe_written(sector first, sector count, std::uint64_t number) {
  open_.add(first, count, number);
  open_.add(first, count, possible_contents::zeroes);
  if (rules_.keeps_what_may_be_lost) since_flush_.add(first, count, number);
}

void device_model::maybe_discarded(sector first, sector count) {
  if (whole_blocks(first, count)) maybe_written(first, count, possible_contents::zeroes);
}

// A block that was mapped after the last commit is gone, with all its sectors.
void device_model::crashed() {
  written_ = durable_;
  open_ = since_flush_;
}

bool device_model::holds_base(sector first, sector count, const content& what) const {
  if (!rules_.zeroes_new_blocks) return true;
  if (!base_) return is_stamp_of(what, first, count, possible_contents::zeroes);
  bool same = true;
  base_->visit(
      first, count,
      [&](sector at, sector n, const content& held) {
        same = same && is_same(held, what.at(at - first), n);
      },
      [&](sector at, sector n) {
        same = same && is_stamp_of(what.at(at - first), at, n, possible_contents::zeroes);
      });
  return same;
}

bool device_model::holds(sector first, sector count, written_value must,
                         const content& what) const {
  if (must == unknown_number) return true;
  if (must ? is_stamp_of(what, first, count, *must) : holds_base(first, count, what)) return true;
  if (!open_.touches(first, count)) return false;
  for (sector n = 0; n < count; ++n) {
    const auto here = what.at(n);
    // A block that may be new holds what its data block held before.
    if (!rules_.zeroes_new_blocks && open_.allow(first + n, 1, possible_contents::zeroes)) continue;
    if (must ? is_stamp_of(here, first + n, 1, *must) : holds_base(first + n, 1, here)) continue;
    if (here.what() == content::kind::stamp && here.stamped_sector() != first + n) return false;
    const auto number = here.is_zero() ? possible_contents::zeroes : here.seed();
    if (!open_.allow(first + n, 1, number)) return false;
  }
  return true;
}

bool device_model::is_written_by(std::uint64_t number, sector first, const content& what) {
  return what.what() == content::kind::stamp && what.seed() == number &&
         what.stamped_sector() == first && number != possible_contents::zeroes;
}

std::optional<mismatch> device_model::compare(sector first, sector count,
                                              const content& what) const {
  std::optional<mismatch> wrong;
  written_.visit(first, count, [&](sector at, sector n, written_value must) {
    const auto here = what.at(at - first);
    if (wrong || holds(at, n, must, here)) return;
    const auto expected = !must ? std::string("what was there before, or zeroes")
                          : *must == possible_contents::zeroes
                              ? std::string("zeroes")
                              : fmt::format("what request {} wrote", *must);
    wrong = mismatch{at, n, expected, text_of(here, at)};
  });
  return wrong;
}

}  // namespace sim::replay
