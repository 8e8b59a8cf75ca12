// What each sector of one thin device may hold after a loss of power: the write
// that is known to be durable, and every later one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "sim/disk/content.h"
#include "sim/disk/write_kind.h"

namespace sim::explore {

class fingerprint;

class sector_promise {
 public:
  struct version {
    content what;                       // from the first sector of its segment on
    const void* in_flight = nullptr;    // the request, until it is acknowledged
    std::uint64_t acknowledged_in = 0;  // the epoch; 0: nothing was promised
    bool is_discard = false;            // what was there before may come back
    bool has_failed = false;            // or was given back: nobody knows what was written
  };
  struct segment {
    sector count = 0;
    std::vector<version> versions;   // oldest first, never empty
    bool first_is_promised = false;  // versions[0] was acknowledged as durable
  };

  // A device of zeroes, `size` sectors.
  explicit sector_promise(sector size);

  void write_began(sector first, sector count, const content& what, const void* request);
  void discard_began(sector first, sector count, const void* request);
  void request_done(sector first, sector count, const void* request, write_kind kind,
                    std::uint64_t epoch);
  void request_failed(sector first, sector count, const void* request);
  // All that was acknowledged before `epoch` is durable. Calls tightened(first, count)
  // where less is allowed than before.
  using range_call = std::function<void(sector first, sector count)>;
  void flushed(std::uint64_t epoch, const range_call& tightened = nullptr);
  // No request will end any more; what was in flight may be there or not.
  void power_lost();
  // As the contents of a new snapshot: nothing more is promised of them than of
  // those of the origin.
  sector_promise as_snapshot() const;

  using segment_visitor = std::function<void(sector first, const segment&)>;
  void visit(const segment_visitor& each) const {
    for (const auto& [first, s] : segments_) each(first, s);
  }
  const std::map<sector, segment>& segments() const { return segments_; }
  void add_to(fingerprint& to) const;

 private:
  using map = std::map<sector, segment>;
  map::iterator split(sector at);
  template <class Change>
  void change(sector first, sector count, Change apply);
  // Calls apply(segment, index) for the version in flight of each segment of this request.
  template <class Apply>
  void end_request(sector first, sector count, const void* request, Apply apply);
  void join(sector first, sector end);

  map segments_;
};

}  // namespace sim::explore
