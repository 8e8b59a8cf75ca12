#include "thin-tools/repair/history/state_ring.h"

#include <algorithm>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/format/bitmap_block.h"
#include "thin-tools/repair/history/candidate_pairs.h"
#include "thin-tools/repair/history/last_state.h"
#include "thin-tools/repair/history/named_states.h"
#include "thin-tools/repair/history/pass_beginning.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/history/state_order.h"
#include "thin-tools/repair/history/whole_states.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {

using pdata::block_class;
using pdata::metadata_block;
using pdata::stored_counts;

namespace {

// Taking the index block may make another bitmap change, which stands behind it then.
constexpr metadata_block behind_index_max = 16;

// States times blocks, and devices, which stand in maps: the states of a device of some
// GiB with a long history are too many.
constexpr std::uint64_t ring_work_max = std::uint64_t{1} << 31;
constexpr std::uint64_t work_of_details_node = 8192;
constexpr std::size_t ends_above_max = 64;  // that are looked at

// As if the pool was opened before: all that was free up to its end was taken.
bool may_begin_pass(const stored_counts& from, const stored_counts& to, metadata_block last) {
  std::uint64_t nr_taken = 0;
  std::uint64_t nr_passed_over = 0;
  for (metadata_block b = 1; b <= last; ++b)
    if (!from.live(b)) ++(to.live(b) ? nr_taken : nr_passed_over);
  return nr_passed_over <= nr_taken;
}

bool is_node(block_class is) { return is == block_class::leaf || is == block_class::internal; }

}  // namespace

bool may_follow(const stored_counts& from, metadata_block from_index, const stored_counts& to,
                metadata_block to_index, metadata_block nr_blocks) {
  const auto last = std::min<metadata_block>(nr_blocks - 1, to_index + behind_index_max);
  bool behind = true;
  bool below = true;
  for (metadata_block b = 1; b < nr_blocks && (behind || below); ++b) {
    if (!to.live(b) || from.live(b)) continue;
    behind = behind && b > from_index && b <= last;
    below = below && b <= last;
  }
  return behind || (below && may_begin_pass(from, to, to_index));
}

bool is_of_another_branch(const stored_counts& own, metadata_block index,
                          const stored_counts& above, metadata_block above_index) {
  for (auto b = index + behind_index_max + 1; b < above_index; ++b)
    if (own.live(b) && above.get(b) == 0U) return true;
  return false;
}

bool written_over_below(const device_scan& device, const generation& state, metadata_block limit) {
  for (const auto index : device.indices)
    if (index != state.index && index <= limit && state.counts.live(index)) return true;
  if (names_free_blocks(device, state.counts, limit)) return true;
  // Damage, or what was taken above it later, explains whatever else does not fit.
  const auto nr_blocks = device.scan.nr_blocks();
  for (metadata_block b = 1; b < nr_blocks; ++b) {
    if (!state.counts.live(b)) continue;
    const auto is = device.scan[b].is;
    if (is == block_class::unusable || is == block_class::blank) return false;
    if (b > state.index) return false;
  }
  return !state.snapshots.empty() ? false : !is_exact(device, state);
}

metadata_block end_of_map(const device_scan& device) {
  const auto nr_blocks = device.scan.nr_blocks();
  const auto pool = read_superblock(device.reader, pdata::superblock_location, nr_blocks);
  return pool ? std::min<pdata::metadata_block>(nr_blocks, pool->metadata_space_map.nr_blocks)
              : nr_blocks;
}

// A device may be full of something else beyond what was ever
// written, and zeros there are no damage, but zeros among nodes are.
bool damaged_above(const pdata::block_scan& scan, const generation& state, metadata_block end,
                   bool has_grown) {
  bool any_damage = false;
  bool any_blank = false;
  bool any_node = false;
  bool has_end = false;
  bool node_behind_blank = false;
  for (metadata_block n = 1; n <= commit_blocks_max; ++n) {
    const auto b = (state.index + n) % scan.nr_blocks();
    if (b >= end) continue;
    const auto is = scan[b].is;
    // The end of a device that has grown was never written.
    if (b == 0 && has_grown && !node_behind_blank) any_blank = false;
    node_behind_blank = node_behind_blank || (any_blank && is != block_class::blank);
    if (is != block_class::unusable) has_end = has_end || any_damage;
    if (state.counts.live(b)) continue;
    if (is == block_class::index) break;
    if (is == block_class::unusable)
      any_damage = true;
    else
      (is == block_class::blank ? any_blank : any_node) = true;
  }
  return any_damage ? any_node || has_end : any_blank && any_node;
}

namespace {

stored_counts load_counts(const device_scan& device, metadata_block index) {
  return stored_counts::load(device.reader, index, device.scan.nr_blocks());
}

struct ring {
  std::vector<metadata_block> ends;  // states that the next one does not follow, ascending
  std::size_t nr_states = 0;
  // Whether `ends` begins with the last state is not certain: the second may be it.
  bool contested = false;
  bool has_grown = false;          // the last state stands where the metadata grew
  std::vector<ring_state> states;  // as many as there is room for
};

constexpr std::uint64_t known_bits_max = std::uint64_t{1} << 31;

bool bitmaps_damaged(const device_scan& device, metadata_block index) {
  const auto block = std::make_unique<pdata::block_buffer>();
  if (!device.reader.device().read(index, block->span()).ok()) return true;
  const auto slots =
      (device.scan.nr_blocks() + pdata::entries_per_bitmap - 1) / pdata::entries_per_bitmap;
  for (std::uint64_t i = 0; i < std::min(slots, pdata::max_metadata_bitmaps); ++i) {
    const auto at = pdata::load_index_entry(block->view(), i).location;
    if (at == 0) break;
    if (at >= device.scan.nr_blocks()) return true;
    const auto is = device.scan[at].is;
    if (is == block_class::unusable || is == block_class::blank) return true;
  }
  return false;
}

// Blocks that a state has, the next one has not, and a later one of the pass has again: they
// were written over. None may be left in a state that is whole, or it is no state of this
// pass before those: the pass ended with it. One block may hold by chance what fits.
void end_at_whole_states(const device_scan& device, ring& found) {
  constexpr std::size_t blocks_by_chance = 1;
  if (found.ends.empty() || found.states.size() != found.nr_states) return;
  const auto head = found.ends.front();
  const auto end = std::ranges::upper_bound(found.states, head, {}, &ring_state::index);
  const auto nr_run = static_cast<std::size_t>(end - found.states.begin());
  if (nr_run < 3) return;
  std::vector<bool> later(pdata::to_room(device.scan.nr_blocks()));
  for (std::size_t b = 0; b < later.size(); ++b) later[b] = found.states[nr_run - 1].live[b];
  std::optional<metadata_block> whole;
  std::optional<metadata_block> maybe_whole;
  for (std::size_t i = nr_run - 2; i-- > 0;) {
    const auto& state = found.states[i];
    const auto& next = found.states[i + 1];
    std::size_t nr_written_over = 0;
    for (auto b = next.index + 1; b <= head && b < later.size(); ++b)
      nr_written_over +=
          state.live[b] && !next.live[b] && later[pdata::to_size(b)] && is_node(device.scan[b].is);
    for (std::size_t b = 0; b < later.size(); ++b) later[b] = later[b] || next.live[b];
    if (nr_written_over == 0) continue;
    const auto own = survey(device, state.index, load_counts(device, state.index));
    if (!own.snapshots.empty() || !is_exact(device, own)) continue;
    (nr_written_over > blocks_by_chance ? whole : maybe_whole) = state.index;
  }
  if (whole) found.ends.insert(found.ends.begin(), *whole);
  if (maybe_whole && (!whole || *maybe_whole < *whole)) {
    found.contested = true;
    found.ends.insert(found.ends.begin() + 1, *maybe_whole);
  }
}

// Blocks that the commits of the run up to the head wrote. The lowest state has no one below it.
std::vector<bool> written_in_run(const ring& found, metadata_block head, metadata_block nr_blocks) {
  std::vector<bool> written(pdata::to_room(nr_blocks));
  for (std::size_t i = 1; i < found.states.size() && found.states[i].index <= head; ++i) {
    const auto& below = found.states[i - 1];
    const auto& state = found.states[i];
    if (std::ranges::find(found.ends, below.index) != found.ends.end()) {
      written.assign(written.size(), false);  // another run begins
      continue;
    }
    for (auto b = below.index + 1; b <= state.index; ++b)
      if (state.live[b] && !below.live[b]) written[pdata::to_size(b)] = true;
  }
  return written;
}

// A state that is whole, and has blocks that the run of the lowest end wrote, came after it:
// those of an older one were written over. It stands above where the pool's metadata grew: the
// kernel then takes new blocks from the old end on (sm_metadata_extend).
void go_on_above(const device_scan& device, ring& found) {
  if (found.ends.size() < 2 || found.states.size() != found.nr_states) return;
  const auto written = written_in_run(found, found.ends.front(), device.scan.nr_blocks());
  std::vector<metadata_block> younger;
  for (std::size_t i = 1; i < found.ends.size() && i < ends_above_max; ++i) {
    const auto index = found.ends[i];
    const auto end = std::ranges::find(found.states, index, &ring_state::index);
    bool has_written = false;
    for (metadata_block b = 1; b < written.size() && !has_written; ++b)
      has_written = written[pdata::to_size(b)] && end->live[b];
    if (!has_written) continue;
    const auto own = survey(device, index, load_counts(device, index));
    if (own.snapshots.empty() && is_exact(device, own)) younger.push_back(index);
  }
  if (younger.empty()) return;
  // The end that was reached last stands highest: what is taken at first lies behind what was.
  const auto last = younger.back();
  std::erase(found.ends, last);
  found.ends.insert(found.ends.begin(), last);
  found.contested = found.contested || younger.size() > 1;
  found.has_grown = true;
}

std::optional<pool_state> devices_of(const device_scan& device, const generation& state) {
  const auto pair = pool_roots(device, state);
  // What stands above its index block later states may have written over.
  if (!pair || pair->details_root > state.index ||
      device.scan[pair->details_root].is != block_class::leaf)
    return std::nullopt;
  return read_state(device, *pair);
}

// The pool commits after each message (Linux 6.1 dm-thin.c), so that one commit creates or
// deletes one device at most. True if the two states differ by more, or in the other order.
bool no_commit_between(const device_scan& device, metadata_block from_index,
                       const std::optional<pool_state>& from, metadata_block to_index,
                       const std::optional<pool_state>& to) {
  if (!from || !to || from->details.damaged() || to->details.damaged()) return false;
  if (contradicts_order(*from, *to)) return true;
  for (auto b = from_index + 1; b < to_index; ++b)
    if (device.scan[b].is == block_class::unusable || device.scan[b].is == block_class::blank)
      return false;  // an index block may have been there
  const auto lacks = [](const details_table& a, const details_table& b) {
    return std::ranges::count_if(a.devices,
                                 [&](const auto& e) { return !b.devices.contains(e.first); });
  };
  return lacks(from->details, to->details) + lacks(to->details, from->details) > 1;
}

// Reads all states, two at a time.
std::optional<ring> read_ring(const device_scan& device) {
  const auto nr_blocks = device.scan.nr_blocks();
  if (device.indices.size() * nr_blocks > ring_work_max) return std::nullopt;
  const auto end = end_of_map(device);
  std::uint64_t work = device.indices.size() * nr_blocks;
  ring found;
  std::optional<stored_counts> below;
  std::optional<pool_state> below_devices;
  metadata_block below_index = 0;
  for (const auto index : device.indices) {
    auto counts = load_counts(device, index);
    if (!counts.sound() || !counts.anything_known()) continue;
    ++found.nr_states;
    const auto state = survey(device, index, counts);
    for (const auto root : state.details_roots)
      work += device.children.tree_size(root) * work_of_details_node;
    if (work > ring_work_max) return std::nullopt;
    auto devices = devices_of(device, state);
    const bool refuted =
        below && (written_over_below(device, state, below_index) ||
                  no_commit_between(device, below_index, below_devices, index, devices));
    if (below && (refuted || !may_follow(*below, below_index, counts, index, nr_blocks)))
      found.ends.push_back(below_index);
    below_devices = std::move(devices);
    if (found.nr_states * nr_blocks < known_bits_max) {
      ring_state known{.index = index, .live = block_set(counts, nr_blocks)};
      if (!found.states.empty()) {
        const auto& before = found.states.back();
        // A commit leaves something of the state before it.
        const bool related = before.live.shares_with(known.live);
        known.stands_behind = related && took_behind(before, known, nr_blocks, end);
        known.goes_on = known.stands_behind && !refuted;
        known.begins_anew =
            related && !refuted && may_have_begun_a_pass(device.scan, before, known);
      }
      found.states.push_back(std::move(known));
    }
    below = std::move(counts);
    below_index = index;
  }
  if (below) found.ends.push_back(below_index);
  end_at_whole_states(device, found);
  go_on_above(device, found);
  return found;
}

// An index block above the state, before the next whole one, whose bitmaps are damaged.
bool successor_damaged(const device_scan& device, metadata_block index) {
  const auto next = std::ranges::upper_bound(device.indices, index);
  if (next == device.indices.end()) return false;
  const auto counts = load_counts(device, *next);
  return (!counts.sound() || !counts.anything_known()) && bitmaps_damaged(device, *next);
}

// The highest state of the run above that is of another branch. One alone may be that of a
// commit which failed, and which the pool then took back.
std::optional<metadata_block> other_branch(const device_scan& device, const ring& found,
                                           const generation& own) {
  std::optional<metadata_block> run_end;
  for (const auto end : found.ends)
    if (end > own.index) run_end = std::min(run_end.value_or(end), end);
  if (!run_end) return std::nullopt;
  std::size_t nr_states = 0;
  metadata_block highest = 0;
  for (const auto index : device.indices) {
    if (index <= own.index || index > *run_end || own.counts.live(index)) continue;
    const auto counts = load_counts(device, index);
    if (!counts.sound() || !counts.anything_known() ||
        !is_of_another_branch(own.counts, own.index, counts, index))
      continue;
    ++nr_states;
    highest = index;
  }
  return nr_states > 1 ? std::optional(highest) : std::nullopt;
}

}  // namespace

namespace {

// Puts those first that may be the last state by all premises.
void judge_ends(const device_scan& device, ring& found, newest_generations& newest) {
  if (found.states.size() != found.nr_states) return;
  const auto head = std::ranges::find(found.states, found.ends.front(), &ring_state::index);
  const auto possible = find_possible_last(device, found.states,
                                           static_cast<std::size_t>(head - found.states.begin()));
  if (!possible.complete) return;
  std::vector<metadata_block> first;
  for (const auto state : possible.states) first.push_back(found.states[state].index);
  std::erase_if(found.ends, [&](metadata_block b) { return std::ranges::count(first, b) != 0; });
  found.ends.insert(found.ends.begin(), first.begin(), first.end());
  newest.nr_possible = first.size();
  const bool one_left = first.size() == 1 || possible.same_mappings;
  newest.proven = one_left && !possible.likely;
  const bool unexpected = std::ranges::count(possible.states, head - found.states.begin()) == 0;
  newest.contested = !newest.proven && (possible.nr_whole > 1 || unexpected) && !one_left;
  newest.hidden_by_damage = !one_left && !newest.contested;
}

// The pass that ended here came by every block below, so one that was never written was not there
// yet: the metadata grew meanwhile.
bool has_passed_over_blanks(const pdata::block_scan& scan, const generation& state) {
  for (metadata_block b = 1; b < state.index; ++b)
    if (scan[b].is == block_class::blank && !state.counts.live(b)) return true;
  return false;
}

// By the states of the ring, if there was room for all of them.
bool shows_where_pass_began(const device_scan& device, const ring& found, metadata_block index) {
  const auto own = std::ranges::find(found.states, index, &ring_state::index);
  return found.states.size() == found.nr_states && own != found.states.end() &&
         shows_where_pass_began(device, found.states,
                                static_cast<std::size_t>(own - found.states.begin()));
}

}  // namespace

newest_generations find_newest_generations(const device_scan& device) {
  auto found = read_ring(device);
  if (!found || found->ends.empty()) return {};
  newest_generations newest{
      .candidates = {}, .nr_whole = found->nr_states, .contested = found->contested};
  judge_ends(device, *found, newest);
  auto nr_to_come = std::exchange(newest.nr_possible, 0);
  name_youngest_first(device, nr_to_come, found->ends);
  const auto most = named_states_max(device.scan.nr_blocks());
  for (const auto index : found->ends) {
    const bool is_possible = nr_to_come > 0 && nr_to_come-- > 0;
    if (newest.candidates.size() == most) break;
    auto state = classify(device, index, load_counts(device, index));
    const bool is_last = index == found->ends.front();
    if (is_last && state && other_branch(device, *found, *state)) newest.contested = true;
    if (is_last)
      newest.younger_damaged =
          !state ||
          damaged_above(device.scan, *state, end_of_map(device),
                        found->has_grown || has_passed_over_blanks(device.scan, *state)) ||
          successor_damaged(device, index);
    if (is_last) newest.pass_known = shows_where_pass_began(device, *found, index);
    if (state && is_possible) ++newest.nr_possible;
    if (state) newest.candidates.push_back(std::move(*state));
  }
  return newest;
}

namespace {

// The state at `head` has blocks that the commit with that index block wrote.
bool has_blocks_of(const std::vector<ring_state>& states, metadata_block index,
                   metadata_block head) {
  const auto own = std::ranges::find(states, index, &ring_state::index);
  const auto last = std::ranges::find(states, head, &ring_state::index);
  if (own == states.end() || last == states.end() || own == states.begin()) return false;
  const auto& before = *std::prev(own);
  for (auto b = before.index + 1; b < index; ++b)
    if (own->live[b] && !before.live[b] && last->live[b]) return true;
  return false;
}

}  // namespace

namespace {

// What a state has a use for that no other state shares unless it is the same use.
std::vector<metadata_block> special_blocks(const generation& state) {
  std::vector<metadata_block> special{state.index};
  const auto add = [&](const std::vector<metadata_block>& more) {
    special.insert(special.end(), more.begin(), more.end());
  };
  add(state.counts.bitmaps());
  if (!state.snapshots.empty()) return special;  // roots of the held ones are shared
  add(state.mapping_roots);
  add(state.details_roots);
  add(state.data_index_roots);
  add(state.data_overflow_roots);
  return special;
}

// The index block of a commit in the run of the last state stands where the state has a block
// of its own.
bool index_written_over(const ring& found, const generation& own) {
  const auto head = found.ends.front();
  if (std::ranges::any_of(found.ends, [&](metadata_block end) { return end < head; })) return false;
  return std::ranges::any_of(found.states, [&](const ring_state& state) {
    return state.index <= head && state.index != own.index && own.counts.live(state.index);
  });
}

// A block that both states call their own is the same block of both, or it was freed and
// taken between them: then the one whose use of it can be read is the later one.
bool uses_otherwise(const generation& later, const generation& earlier) {
  auto same = special_blocks(earlier);
  std::ranges::sort(same);
  return std::ranges::any_of(special_blocks(later), [&](metadata_block b) {
    return earlier.counts.live(b) && !std::ranges::binary_search(same, b);
  });
}

}  // namespace

later_states find_later_states(const device_scan& device, metadata_block index) {
  if (index >= device.scan.nr_blocks()) return {};
  const auto is = device.scan[index].is;
  const bool written_over = is_node(is) || is == block_class::bitmap;
  if (!written_over && is != block_class::index) return {};
  auto found = read_ring(device);
  if (!found || found->ends.empty()) return {};
  newest_generations judged;
  judge_ends(device, *found, judged);
  found->contested = found->contested || judged.contested;
  const auto head = found->ends.front();
  if (head == index) {
    later_states same{};
    same.pass_known = shows_where_pass_began(device, *found, index);
    const auto own = survey(device, index, load_counts(device, index));
    if (const auto branch = other_branch(device, *found, own)) {
      same.other_branch = true;
      same.last = classify(device, *branch, load_counts(device, *branch));
    }
    return same;
  }
  later_states later{.nr_steps = 0,
                     .written_over = written_over,
                     .both_whole = false,
                     .overtaken = false,
                     .other_branch = false,
                     .pass_known = shows_where_pass_began(device, *found, index),
                     .last = {}};
  if (index < head && !written_over)
    later.nr_steps = static_cast<std::size_t>(
        std::ranges::count_if(device.indices, [&](auto b) { return b > index && b <= head; }));
  later.last = classify(device, head, load_counts(device, head));
  // A whole state is not given up for what may be an older pass, but for one that is proven to be
  // the last: the second commit behind it began when the first one's superblock was written.
  const auto own = survey(device, index, load_counts(device, index));
  const bool own_whole = !written_over && is_exact(device, own);
  const bool uses_own = later.last && own_whole && has_blocks_of(found->states, index, head);
  if (found->contested || !later.last || (own_whole && !uses_own && !judged.proven))
    later.nr_steps = std::min<std::size_t>(later.nr_steps, 1);
  if (!later.last || !is_exact(device, *later.last)) return later;
  // Both may be the last then, but for the order in which they stand: that has to be proven.
  later.both_whole = judged.proven && !found->contested && own_whole && later.nr_steps == 0;
  later.overtaken = !own_whole && !written_over &&
                    (index_written_over(*found, own) || uses_otherwise(*later.last, own));
  return later;
}

}  // namespace thin_tools
