// Examines one moment of a history: every state in which a loss of power may
// leave the disks then, against what was promised until then.
//
// Metadata: a pool that comes up reads few blocks; the states that agree in them
// are one. Blocks are chosen when they are read, so that all states are covered
// by as few as differ. Data: what a sector holds does not depend on what another
// one holds, so each is judged with each of its contents by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "sim/explore/data_states.h"
#include "sim/explore/promises.h"
#include "sim/explore/survivor.h"

namespace sim::explore {

// What the data disk held before the history, on every sector.
inline constexpr std::uint64_t stale_seed = 0x57a1e57a1e57a1e5U;

struct crash_options {
  std::size_t max_states = 256;  // of the metadata at one moment
  std::uint64_t seed = 1;
};

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
  crash_examiner(const metadata_states& metadata, const data_states& data, const promises& model,
                 survivor_cache& cache, const crash_options& options)
      : metadata_(metadata), data_(data), model_(model), cache_(cache), options_(options) {}

  // `found` gets each violation, with which unflushed writes survived.
  using violation_sink = std::function<void(violation, const std::string& state)>;
  void examine(const pool_geometry& geometry, const violation_sink& found);

  const crash_counts& counts() const { return counts_; }

 private:
  struct leaf {
    survivor_ptr what;
    block_choice chosen;
  };

  void enumerate(const pool_geometry& geometry);
  bool branch(const pool_geometry& geometry, block_choice& chosen, std::set<metadata_block>& fixed);
  void choose(const pool_geometry& geometry);
  void take(const pool_geometry& geometry, const block_choice& chosen);
  void judge(const leaf& state, const violation_sink& found);
  void judge_devices(const survivor& s, const std::function<void(violation)>& found);
  std::optional<violation> judge_contents(pdata::device_id device, const survivor& s,
                                          const sector_promise& promised);
  violation classify(pdata::device_id device, sector at, sector count, const content& what,
                     const sector_promise::segment& segment) const;
  std::string describe(const leaf& state) const;

  const metadata_states& metadata_;
  const data_states& data_;
  const promises& model_;
  survivor_cache& cache_;
  crash_options options_;
  crash_counts counts_;

  std::vector<leaf> leaves_;
  bool exhaustive_ = true;
  std::uint64_t leaves_version_ = UINT64_MAX;
  pool_geometry leaves_geometry_;
  // Judged with the data and promises of these versions.
  std::set<const survivor*> judged_;
  std::uint64_t judged_data_ = UINT64_MAX;
  std::uint64_t judged_model_ = UINT64_MAX;
};

}  // namespace sim::explore
