// Submits the requests of a trace to thin devices and holds every outcome
// against the models. Requests that cannot be served at once stay in flight,
// as they would in front of a pool without space.
#pragma once

#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/dm/request.h"
#include "sim/replay/action_log.h"
#include "sim/replay/device_model.h"
#include "sim/replay/replay_settings.h"
#include "sim/replay/testbed.h"
#include "sim/report/replay_report.h"
#include "sim/trace/io_request.h"

namespace sim::replay {

// A thin device, with what it must hold.
struct replayed_device {
  thin_place place;
  device_model model;
  std::string label;  // for people
};

// Stops the replay: something is not as it must be.
struct disagreement {
  std::uint64_t request = 0;  // the number of the last request, from 1
  std::string text;
  // Of data: where.
  std::string device;
  sector first = 0;
  sector count = 0;
};

class request_runner {
 public:
  // `log` may be null. Where the settings do not verify nothing is compared and no model kept.
  request_runner(testbed& bed, report::replay_report& report, action_log* log,
                 const replay_settings& settings)
      : bed_(bed), report_(report), log_(log), verifies_(settings.verify) {}

  // A request on a range of the device; `number` marks what it writes. Returns
  // false if it failed, or waits. Throws disagreement.
  bool run(replayed_device& on, const trace::io_request& request, std::uint64_t number);
  // Reads a range, and compares it.
  void verify(replayed_device& on, sector first, sector count, std::uint64_t number);

  // Counts a range that need not be read.
  void count_verified(sector count);

  // Looks after what was in flight: counts those that failed in the meantime.
  void collect();
  bool idle() const { return waiting_.empty(); }
  std::size_t in_flight() const { return waiting_.size(); }
  // The machine is gone: what is in flight will never end.
  void forget();

 private:
  struct piece {
    sector offset;
    sector count;
    content what;
  };
  struct flight {
    replayed_device* on = nullptr;
    io_op op = io_op::read;
    sector first = 0;
    sector count = 0;
    std::uint64_t number = 0;
    bool done = false;
    pdata::status result;
    std::vector<piece> pieces;  // of a read
    content_sink sink;
    bio only;  // where one does
  };

  flight& take();
  bool submit(replayed_device& on, const block_request& request, std::uint64_t number);
  bool conclude(flight& ended, const block_request& request);
  void compare(flight& ended);
  void remain_in_flight(flight& waiting);
  void doubt_older(const flight& ended);
  bool write_in_pieces(replayed_device& on, const block_request& whole, std::uint64_t number);
  bool discard(replayed_device& on, sector first, sector count, std::uint64_t number);

  testbed& bed_;
  report::replay_report& report_;
  action_log* log_;
  bool verifies_;
  std::deque<flight> all_;
  std::vector<flight*> free_;
  std::vector<flight*> waiting_;
};

}  // namespace sim::replay
