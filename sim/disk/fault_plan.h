// Which requests of a disk fail. Counted are the requests that reach the disk,
// from 1, by kind and all together.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/disk/bio.h"

namespace sim {

enum class io_kind : std::uint8_t { read, write, discard, flush };

class fault_plan {
 public:
  struct fault {
    std::optional<io_kind> kind;       // none: any
    std::uint64_t from_request = 1;    // the first one to fail, counted in its kind
    std::uint64_t count = UINT64_MAX;  // how many from there
    sector first = 0;                  // only requests that touch these sectors
    sector end = UINT64_MAX;
    int errno_value = EIO;
  };

  void add(const fault& added) { faults_.push_back({added, 0}); }
  void clear() { faults_.clear(); }
  bool any() const { return !faults_.empty(); }

  // The errno this request fails with, or 0.
  int strike(io_kind kind, sector first, sector count);

 private:
  struct armed_fault {
    fault rule;
    std::uint64_t seen = 0;  // requests that match so far
  };
  std::vector<armed_fault> faults_;
};

}  // namespace sim
