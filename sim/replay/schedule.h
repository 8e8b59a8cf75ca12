// What happens beside the trace, and when.
#pragma once

#include <optional>
#include <vector>

#include "sim/replay/replay_settings.h"

namespace sim::replay {

enum class occasion : std::uint8_t { crash, fstrim, delete_oldest, snapshot };

struct appointment {
  virtual_time time = 0;
  occasion what = occasion::snapshot;
};

class schedule {
 public:
  explicit schedule(const schedule_wish& wish);

  // The first one that is due by then, in the order of time; of one time in the
  // order of the enumeration. Taking it makes place for the next.
  std::optional<appointment> take(virtual_time by);

 private:
  struct series {
    occasion what;
    virtual_time every;  // 0: once
    virtual_time next;
  };
  std::vector<series> pending_;
};

}  // namespace sim::replay
