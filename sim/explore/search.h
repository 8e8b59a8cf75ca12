// Tries every history up to a length, shortest first, and every crash of each. The
// longest ones end with a second more, in which the pool commits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "sim/explore/crash_examiner.h"
#include "sim/explore/small_pool.h"

namespace sim::explore {

struct search_settings {
  pool_setup pool;
  std::vector<operation> alphabet;
  unsigned depth = 4;
  crash_options crashes;
  bool merges_states = true;  // histories that leave equal states go on once
  bool keeps_going = false;   // after the first violation
  unsigned jobs = 1;
  unsigned shard = 1;  // of nr_shards, by the second operation
  unsigned nr_shards = 1;
  std::set<invariant> expected;  // what must hold
};

// The shortest history that breaks an invariant, the first in the order of the
// alphabet among those.
struct counterexample {
  violation what;
  history after;
  std::uint64_t moment = 0;  // of the last operation, from 1; 0: without a crash
  std::string event;         // what was happening
  std::string state;         // which unflushed metadata survived
  std::string step;          // of a scenario, in place of a history
};

struct search_counts {
  std::uint64_t histories = 0;  // carried out
  std::uint64_t merged = 0;     // of these, ended in a state that was known
  crash_counts crashes;
  std::map<invariant, std::uint64_t> violations;  // moments at which one was found

  void add(const search_counts& other);
};

// All that a search has to remember to go on.
struct search_state {
  struct node {
    history done;
    std::vector<std::uint16_t> next;  // operations that can be tried, by place in the alphabet
  };
  unsigned depth = 0;  // of the histories being tried; 0: none yet
  std::vector<node> frontier;
  std::size_t next_node = 0;  // of the frontier
  std::vector<node> found;    // the next frontier
  std::unordered_set<hash128, hash128_as_key> seen;
  search_counts counts;
  std::map<invariant, counterexample> examples;
  bool is_over = false;
};

class search {
 public:
  explicit search(search_settings settings) : settings_(std::move(settings)) {}

  // Goes on until it is over. `progress` is called now and then, from the
  // calling thread, and ends it early by returning false.
  void run(search_state& state, const std::function<bool(const search_state&)>& progress);

  const search_settings& settings() const { return settings_; }
  std::uint64_t nr_brought_up() const { return cache_.nr_brought_up(); }

 private:
  struct task {
    std::size_t node;
    std::uint16_t op;
  };
  struct outcome {
    bool was_tried = false;
    search_counts counts;
    std::map<invariant, counterexample> examples;
    hash128 state;
    std::vector<std::uint16_t> next;
  };

  void begin(search_state& state);
  bool is_mine(unsigned depth, const task& t, const search_state& state) const;
  outcome try_history(const history& all);
  std::vector<std::uint16_t> enabled(const small_pool& pool) const;
  void absorb(search_state& state, const task& t, outcome result);
  void end_level(search_state& state);
  bool breaks(const std::map<invariant, counterexample>& examples) const;

  search_settings settings_;
  survivor_cache cache_;
};

}  // namespace sim::explore
