// Examines one moment of a history: every state in which a loss of power may
// leave the disks then, against what was promised until then.
//
// What a sector of the data disk holds does not depend on what another one holds,
// so each is judged with each of its contents by itself; for the metadata see
// pool_states.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/explore/pool_states.h"
#include "sim/explore/pool_watch.h"

namespace sim::explore {

// What the data disk held before the history, on every sector.
inline constexpr std::uint64_t stale_seed = 0x57a1e57a1e57a1e5U;

struct crash_counts {
  std::uint64_t points = 0;
  std::uint64_t exhaustive_points = 0;
  std::uint64_t states = 0;       // moments times metadata states that differ in them
  std::uint64_t new_states = 0;   // of these, brought up and checked anew
  std::uint64_t data_pieces = 0;  // judged: runs of sectors with one content
  std::uint64_t leaking_states = 0;
  std::uint64_t leaked_metadata_blocks = 0;  // most in one state
  std::uint64_t leaked_data_blocks = 0;

  void add(const crash_counts& other);
};

class crash_examiner {
 public:
  crash_examiner(const pool_watch& of, survivor_cache& cache, const crash_options& options)
      : metadata_(of.metadata()),
        data_(of.data()),
        model_(of.model()),
        states_(of.metadata(), cache, options) {}

  // `found` gets each violation, with which unflushed writes survived.
  using violation_sink = std::function<void(violation, const std::string& state)>;
  void examine(const pool_geometry& geometry, const violation_sink& found);

  const crash_counts& counts() const { return counts_; }

 private:
  using sink = std::function<void(violation)>;
  // Sectors of a device that are to be judged.
  struct window {
    pdata::device_id device = 0;
    sector first = 0;
    sector end = 0;
  };

  // What was judged already, and how much was added and promised until then: only
  // what has changed since is judged again.
  struct progress {
    survivor_ptr what;  // so that its address is not another one's later
    std::size_t additions = 0;
    std::size_t tightenings = 0;
    std::uint64_t asked_for = 0;  // devices
    bool is_clean = true;         // no device broke its promise
  };

  void judge_metadata(const survivor& s, const sink& found);
  void judge_devices(const survivor& s, const sink& found) const;
  void judge_new(const survivor& s, progress& mine, const sink& found);
  bool judge_device(const window& where, const survivor& s, const sink& found);
  std::optional<violation> judge_contents(const window& where, const survivor& s,
                                          const sector_promise& promised);
  std::vector<window> windows_since(const progress& then, const survivor& s) const;
  violation classify(pdata::device_id device, sector at, sector count, const content& what,
                     const sector_promise::segment& segment) const;
  std::string describe(const pool_state& state) const;

  const metadata_states& metadata_;
  const data_states& data_;
  const promises& model_;
  pool_states states_;
  crash_counts counts_;

  std::unordered_map<const survivor*, progress> judged_;
  progress last_;  // the last one that was judged; `what` may be null
};

}  // namespace sim::explore
