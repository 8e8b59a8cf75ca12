// What the sectors of the data disk may hold after a loss of power: what is
// durable, any write since the last flush, each sector for itself, and zeroes
// where a discard is under way.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/disk/disk_watch.h"
#include "sim/disk/extent_map.h"

namespace sim::explore {

// Whether `count` sectors of both hold the same bytes.
bool same_contents(const content& a, const content& b, sector count);

class data_states : public disk_watch {
 public:
  // `initial`: what the disk held before, on all its sectors.
  data_states(sector size, const content& initial) { durable_.put(0, size, initial); }

  void write_began(sector first, sector count, const content& what) override;
  void write_is_durable(sector first, sector count, const content& what) override;
  void flushed() override;
  void discard_began(sector first, sector count) override;
  void discard_ended(sector first, sector count) override;

  // What was not flushed is gone, and no discard is under way.
  void power_lost();

  // Calls piece(first, count, contents) for pieces of the range, in order; each
  // holds one of the contents, from its first sector on. `contents` is valid
  // during the call.
  using piece_visitor =
      std::function<void(sector first, sector count, const std::vector<content>& contents)>;
  void visit(sector first, sector count, const piece_visitor& piece) const;

  // Where contents became possible, in their order. Nothing else adds any: a flush
  // and the end of a write only take some away.
  struct range {
    sector first = 0;
    sector count = 0;
  };
  const std::vector<range>& additions() const { return additions_; }
  std::size_t nr_unflushed() const { return unflushed_.size() + discards_.size(); }
  bool has_discards() const { return !discards_.empty(); }
  // Of all that visit() depends on, the same in every run.
  void add_to(class fingerprint& to) const;

 private:
  struct write {
    sector first = 0;
    sector count = 0;
    content what;
    sector end() const { return first + count; }
  };

  void cut_unflushed(sector first, sector count);
  void note_alternatives(sector first, sector count, std::vector<content>& contents) const;

  extent_map durable_;
  std::vector<write> unflushed_;
  std::vector<write> discards_;  // under way; they hold zeroes
  std::vector<range> additions_;
};

}  // namespace sim::explore
