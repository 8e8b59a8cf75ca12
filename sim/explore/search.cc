#include "sim/explore/search.h"

#include <algorithm>
#include <atomic>
#include <limits>

#include "persistent-data/base/parallel.h"

namespace sim::explore {

namespace {

constexpr std::size_t nodes_at_once = 64;

}  // namespace

void search_counts::add(const search_counts& other) {
  histories += other.histories;
  merged += other.merged;
  crashes.add(other.crashes);
  for (const auto& [which, n] : other.violations) violations[which] += n;
}

std::vector<std::uint16_t> search::enabled(const small_pool& pool) const {
  std::vector<std::uint16_t> all;
  for (std::size_t i = 0; i < settings_.alphabet.size(); ++i)
    if (pool.can(settings_.alphabet[i])) all.push_back(static_cast<std::uint16_t>(i));
  return all;
}

void search::begin(search_state& state) {
  small_pool empty(settings_.pool);
  state.depth = 1;
  state.frontier = {{{}, enabled(empty)}};
  state.seen.insert(empty.end_with_fingerprint());
  state.is_over = settings_.depth == 0;
}

// Shards part the histories by their second operation; the first one of them
// counts what is shorter.
bool search::is_mine(unsigned depth, const task& t, const search_state& state) const {
  if (settings_.nr_shards == 1 || depth > 2) return true;
  if (depth == 2)
    return (t.node * settings_.alphabet.size() + t.op) % settings_.nr_shards + 1 == settings_.shard;
  static_cast<void>(state);
  return true;
}

bool search::breaks(const std::map<invariant, counterexample>& examples) const {
  return std::ranges::any_of(examples,
                             [&](const auto& e) { return settings_.expected.contains(e.first); });
}

// The longest histories end with a second in which nothing is asked: the pool
// commits by itself what the last operation has left open.
search::outcome search::try_history(const history& all) {
  const bool is_last = all.size() == settings_.depth;
  outcome result;
  result.was_tried = true;
  small_pool pool(settings_.pool);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) pool.apply(all[i]);
  pool.take_wrong_reads();
  crash_examiner examiner(pool.watch(), cache_, settings_.crashes);
  history so_far = all;
  std::uint64_t number = 0;
  const auto note = [&](violation v, std::string event, std::string state, std::uint64_t at) {
    ++result.counts.violations[v.broken];
    const auto which = v.broken;
    result.examples.try_emplace(
        which, counterexample{std::move(v), so_far, at, std::move(event), std::move(state), ""});
  };
  pool.on_event([&](const moment& now) {
    ++number;
    examiner.examine(pool.geometry(), [&](violation v, const std::string& state) {
      note(std::move(v), to_string(now), state, number);
    });
  });
  pool.apply(all.back());
  if (is_last && all.back().what != verb::tick) {
    so_far.push_back({verb::tick, 0, false});
    number = 0;
    pool.apply(so_far.back());
  }
  pool.on_event(nullptr);
  for (auto& wrong : pool.take_wrong_reads()) note(std::move(wrong), "a read", "", 0);
  result.counts.histories = 1;
  result.counts.crashes = examiner.counts();
  if (!is_last) {
    result.next = enabled(pool);
    if (settings_.merges_states) result.state = pool.end_with_fingerprint();
  }
  return result;
}

void search::absorb(search_state& state, const task& t, outcome result) {
  const bool is_counted = settings_.nr_shards == 1 || state.depth > 1 || settings_.shard == 1;
  if (is_counted) state.counts.add(result.counts);
  for (auto& [which, example] : result.examples) state.examples.try_emplace(which, example);
  if (state.depth == settings_.depth) return;
  if (settings_.merges_states && !state.seen.insert(result.state).second) {
    if (is_counted) ++state.counts.merged;
    return;
  }
  history done = state.frontier[t.node].done;
  done.push_back(settings_.alphabet[t.op]);
  state.found.push_back({std::move(done), std::move(result.next)});
}

void search::end_level(search_state& state) {
  state.frontier = std::exchange(state.found, {});
  state.next_node = 0;
  ++state.depth;
  state.is_over = state.depth > settings_.depth || state.frontier.empty() ||
                  (!settings_.keeps_going && breaks(state.examples));
}

void search::run(search_state& state, const std::function<bool(const search_state&)>& progress) {
  if (state.depth == 0) begin(state);
  while (!state.is_over) {
    const auto last_node = std::min(state.frontier.size(), state.next_node + nodes_at_once);
    std::vector<task> tasks;
    for (auto node = state.next_node; node < last_node; ++node)
      for (const auto op : state.frontier[node].next)
        if (const task t{node, op}; is_mine(state.depth, t, state)) tasks.push_back(t);
    std::vector<outcome> results(tasks.size());
    std::atomic<std::size_t> first_break = std::numeric_limits<std::size_t>::max();
    pdata::for_each_turn(tasks.size(), settings_.jobs, [&](unsigned, std::size_t turn) {
      if (turn > first_break) return;
      history all = state.frontier[tasks[turn].node].done;
      all.push_back(settings_.alphabet[tasks[turn].op]);
      results[turn] = try_history(all);
      if (settings_.keeps_going || !breaks(results[turn].examples)) return;
      auto known = first_break.load();
      while (turn < known && !first_break.compare_exchange_weak(known, turn)) {
      }
    });
    for (std::size_t i = 0; i < tasks.size() && i <= first_break; ++i)
      if (results[i].was_tried) absorb(state, tasks[i], std::move(results[i]));
    state.next_node = last_node;
    if (first_break != std::numeric_limits<std::size_t>::max()) {
      state.is_over = true;
    } else if (state.next_node == state.frontier.size()) {
      end_level(state);
    }
    if (!progress(state)) return;
  }
}

}  // namespace sim::explore
