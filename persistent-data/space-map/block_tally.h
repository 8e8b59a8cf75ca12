// Reference counts of a data device as large as any, counted by one thread in
// bounded memory: what does not fit is put aside in a temporary file, a part of
// the device at a time, and counted when that part is asked for.
#pragma once

#include <vector>

#include "persistent-data/io/spool_file.h"
#include "persistent-data/space-map/ref_counts.h"

namespace pdata {

// A byte for each block at most, in regions.
struct tally_memory {
  std::uint64_t regions_at_once = 384;    // counted as their blocks come
  std::uint64_t regions_of_a_part = 256;  // of what was put aside, counted together
};

class block_tally {
  auto counting() {
    return [this](std::uint64_t first, std::span<const std::uint16_t> places) {
      counts_.increment_places(first, places);
    };
  }

 public:
  explicit block_tally(std::uint64_t nr_blocks, tally_memory memory = {});

  std::uint64_t nr_blocks() const { return counts_.nr_blocks(); }

  // One more reference to each block. Requires that they are below nr_blocks().
  void add(std::uint64_t first, std::uint64_t length) {
    while (length != 0) {
      const std::uint64_t region = first / ref_counts::region_blocks;
      const auto here = std::min(length, (region + 1) * ref_counts::region_blocks - first);
      if (!counts_at_once(region))
        put_aside(first, here);
      else if (here == 1)
        single_.add(first, place_in_region(first), counting());
      else
        count(first, here);
      first += here;
      length -= here;
    }
  }

  // The counts of the blocks in [first, end), to be asked for from the beginning
  // of the device to its end. Nothing is added after that.
  const ref_counts& settle(std::uint64_t first, std::uint64_t end);

 private:
  // Runs in a part of the device, packed; those in the spool are whole chunks.
  struct part {
    std::vector<std::uint64_t> pending;
    std::vector<std::uint64_t> chunks;  // where in the spool
  };

  bool counts_at_once(std::uint64_t region) {
    if (!counts_.region_untouched(region)) return true;
    if (nr_regions_ == memory_.regions_at_once) return false;
    ++nr_regions_;
    counts_.touch_region(region);
    return true;
  }
  void count(std::uint64_t first, std::uint64_t length) { counts_.increment_alone(first, length); }
  void put_aside(std::uint64_t first, std::uint64_t length);
  void count_part(std::uint64_t index);

  tally_memory memory_;
  ref_counts counts_;
  region_buffers<std::uint16_t> single_;  // of those counted at once
  std::uint64_t nr_regions_ = 0;
  std::vector<part> parts_;
  spool_file spool_;
  std::uint64_t settled_parts_ = 0;
  std::uint64_t released_regions_ = 0;
};

}  // namespace pdata
