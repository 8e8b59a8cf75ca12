// What happens beside the trace, and when.
#pragma once

#include <optional>
#include <vector>

#include "sim/replay/replay_settings.h"

namespace sim::replay {

enum class event_kind : std::uint8_t { crash, fstrim, delete_oldest, snapshot };

struct appointment {
  virtual_time time = 0;
  event_kind what = event_kind::snapshot;
};

class schedule {
 public:
  explicit schedule(const schedule_options& wanted);

  // The first one that is due by then, in the order of time; of one time in the
  // order of the enumeration. Taking it makes place for the next.
  std::optional<appointment> take(virtual_time by);

 private:
  struct series {
    event_kind what;
    virtual_time every;  // 0: once
    virtual_time next;
  };
  std::vector<series> pending_;
};

}  // namespace sim::replay
