// What a thin device must hold, known from the requests alone. A copy is a
// snapshot and costs nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/disk/extent_map.h"
#include "sim/disk/write_kind.h"
#include "sim/replay/possible_contents.h"
#include "sim/replay/written_map.h"

namespace sim::replay {

// Sectors that do not hold what they must.
struct mismatch {
  sector first = 0;
  sector count = 0;
  std::string expected;
  std::string found;
};

struct model_rules {
  sector block_sectors = 128;
  bool zeroes_new_blocks = true;        // if not, what was never written may be anything
  bool keeps_what_may_be_lost = false;  // crashes are to come
};

class device_model {
 public:
  explicit device_model(const model_rules& rules) : rules_(rules) {}

  // What the device held before the first request, as far as it was not zero,
  // and what is there after a discard.
  enum class below : std::uint8_t { zeroes, base, unknown };
  void set_base(std::shared_ptr<const extent_map> base, below under_mappings) {
    base_ = std::move(base);
    below_ = under_mappings;
  }
  // The device was there before: which blocks it maps is not known.
  bool has_history() const { return base_ != nullptr; }

  // A write of stamps with the request's number, or of zeroes for number 0, is
  // done. One with FUA survives a crash.
  void written(sector first, sector count, std::uint64_t number, write_kind kind);
  // Only blocks that the range covers whole are unmapped.
  void discarded(sector first, sector count);
  // A flush is done: what was written survives a crash.
  void flushed();
  // It may or may not have taken place, or parts of it.
  void maybe_written(sector first, sector count, std::uint64_t number);
  void maybe_discarded(sector first, sector count);
  void crashed();

  // None: `what` may be there.
  std::optional<mismatch> compare(sector first, sector count, const content& what) const;
  // `what` is all that the request of that number wrote there, which compare() finds right where
  // that request was the last one. False says nothing.
  static bool is_written_by(std::uint64_t number, sector first, const content& what);

  // Calls visit(block) for the blocks that must be mapped, in order; none are
  // known of a device with a history.
  template <class Visit>
  void visit_mapped_blocks(Visit visit) const;
  bool has_alternatives() const { return !open_.empty(); }
  bool in_doubt(sector first, sector count) const { return open_.touches(first, count); }
  // What has been written, for whoever reads all of it: visit(first, count, number).
  template <class Visit>
  void visit_written(Visit visit) const {
    written_.visit_present(visit);
  }

  // The parts of what must be there that models may share: visit(leaf, first sector).
  template <class Visit>
  void visit_leaves(Visit visit) const {
    written_.visit_leaves(visit);
  }

 private:
  bool holds(sector first, sector count, written_value must, const content& what) const;
  bool holds_base(sector first, sector count, const content& what) const;
  bool whole_blocks(sector& first, sector& count) const;

  model_rules rules_;
  written_map written_;
  possible_contents open_;
  written_map durable_;            // at the last flush
  possible_contents since_flush_;  // what came after it
  std::shared_ptr<const extent_map> base_;
  below below_ = below::base;
};

template <class Visit>
void device_model::visit_mapped_blocks(Visit visit) const {
  std::optional<std::uint64_t> last;
  written_.visit_present([&](sector first, sector count, std::uint64_t) {
    for (auto block = first / rules_.block_sectors;
         block <= (first + count - 1) / rules_.block_sectors; ++block) {
      if (block == last) continue;
      visit(block);
      last = block;
    }
  });
}

}  // namespace sim::replay
