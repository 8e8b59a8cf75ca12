#include "thin-tools/repair/history/root_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/io/validate.h"
#include "thin-tools/repair/history/state_order.h"
#include "thin-tools/repair/history/whole_states.h"
#include "thin-tools/repair/history/younger_state.h"
#include "thin-tools/repair/scan/census.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

std::string describe_choice(const root_pair& pair) {
  return fmt::format("--mapping-root {} --details-root {} ({} devices, {} mappings)",
                     pair.mapping_root, pair.details_root, pair.nr_devices, pair.nr_mappings);
}

constexpr std::size_t told_by_device_max = 12;  // devices of a state

// With what each device would have.
std::string describe_choices(const std::vector<pool_state>& states) {
  std::string text;
  for (const auto& state : states) {
    text += (text.empty() ? "" : ", or ") + describe_choice(state.roots);
    if (state.details.devices.size() > told_by_device_max) continue;
    std::string by_device;
    for (const auto& [id, device] : state.details.devices)
      by_device += fmt::format("{}{}: {}", by_device.empty() ? " by device " : ", ", id,
                               device.mapped_blocks);
    text += by_device;
  }
  return text;
}

// An older state would be taken for the pool: that is for the user to decide.
[[noreturn]] void refuse_to_guess(const std::vector<pool_state>& states, const char* why) {
  throw pdata::error(
      fmt::format("the superblock is lost, and it is not certain which state of the metadata was "
                  "the last: {}; choose by {}, or let --take-best do it",
                  why, states.empty() ? "the roots of --list-roots" : describe_choices(states)));
}

// Each is held against each.
constexpr std::size_t ranked_max = 64;
constexpr std::size_t younger_max = 4;  // that are named to choose from

constexpr const char* equal_claims = "what is on the device does not tell";
constexpr const char* contradicting_order = "the devices of another one are younger";
constexpr const char* younger_one_damaged = "a younger one may have been where damage is now";

// Takes the one that must be the last out of `states`; says so where others differ from it.
std::optional<std::size_t> rank(const std::vector<pool_state>& states, std::string& guess) {
  const auto last = possibly_last(states);
  if (last.size() != 1) return std::nullopt;
  std::vector<pool_state> others;
  for (const auto& state : states)
    if (compare_states(state, states[last.front()]) != state_order::same) others.push_back(state);
  if (others.empty()) return last.front();
  guess = fmt::format(
      "the last state of the metadata: {}; by times and transaction ids of its devices no other "
      "one is younger; instead of it can be chosen {}",
      describe_choice(states[last.front()].roots), describe_choices(others));
  return last.front();
}

std::string name_of(const std::optional<metadata_block>& root) {
  return root ? fmt::to_string(*root) : std::string("lost");
}

[[noreturn]] void refuse_older_states(const device_scan& device) {
  std::vector<pool_state> states;
  for (const auto& pair : agreeing_pairs(device))
    if (states.size() < younger_max) states.push_back(read_state(device, pair));
  throw pdata::error(fmt::format(
      "the trees that the superblock names are gone, and its space map with them; what is left is "
      "older: {}; take one of these, or let --take-best do it",
      states.empty() ? "see --list-roots" : describe_choices(states)));
}

// Devices of another pool, which was there before this one was made anew, tell nothing; nor do
// those of a state that was written over.
bool may_be_younger(const device_scan& device, const newest_generations& newest,
                    std::size_t candidate) {
  if (!newest.proven) return true;
  const auto& state = newest.candidates[candidate];
  return have_proven_in_common(device, state, newest.candidates.front()) &&
         condition_of(device, state) != state_condition::written_over;
}

}  // namespace

std::optional<pdata::superblock> read_superblock(pdata::batch_reader& reader,
                                                 metadata_block location,
                                                 metadata_block nr_blocks) {
  const auto buffer = std::make_unique<pdata::block_buffer>();
  if (location >= nr_blocks || !reader.device().read(location, buffer->span()).ok())
    return std::nullopt;
  if (pdata::validate(buffer->view(), pdata::block_kind::superblock, location)) return std::nullopt;
  const auto found = pdata::superblock::load(buffer->view());
  if (found.magic != pdata::superblock_magic) return std::nullopt;
  return found;
}

void root_chooser::add_snapshot(chosen_roots& to, metadata_block location) {
  const auto copy = read_superblock(reader_, location, nr_blocks_);
  if (!copy) {
    to.snapshot_lost = true;
    return;
  }
  to.snapshot_mapping_roots.push_back(copy->mapping_root);
  to.snapshot_details_roots.push_back(copy->details_root);
  if (!to.any_superblock) to.any_superblock = copy;
}

void root_chooser::read_superblocks(chosen_roots& to) {
  to.superblock = read_superblock(reader_, pdata::superblock_location, nr_blocks_);
  to.any_superblock = to.superblock;
  if (to.superblock) {
    to.mapping_root = to.superblock->mapping_root;
    to.details_root = to.superblock->details_root;
    to.data_map = to.superblock->data_space_map;
    if (to.superblock->held_root != 0) add_snapshot(to, to.superblock->held_root);
  }
  if (options_.mapping_root) to.mapping_root = options_.mapping_root;
  if (options_.details_root) to.details_root = options_.details_root;
  if (options_.mapping_root || options_.details_root) to.data_map.reset();
}

// A superblock whose checksum alone is wrong: all that it names is there.
void root_chooser::believe_legible(chosen_roots& roots, const device_scan& device) {
  const auto block = std::make_unique<pdata::block_buffer>();
  if (!reader_.device().read(pdata::superblock_location, block->span()).ok()) return;
  const auto read = pdata::superblock::load(block->view());
  if (read.magic != pdata::superblock_magic || read.version > pdata::superblock_version ||
      !pdata::valid_data_block_size(read.data_block_size))
    return;
  const auto has = [&](metadata_block root, const pdata::tree_shape& shape) {
    if (root == 0 || root >= nr_blocks_) return false;
    return device.children.is_tree_of(root, shape) ||
           (device.scan[root].is == pdata::block_class::leaf && device.scan[root].nr_entries == 0);
  };
  const auto& map = read.metadata_space_map;
  const bool fits = has(read.mapping_root, pdata::top_level_tree_shape) &&
                    has(read.details_root, pdata::details_tree_shape) &&
                    has(read.data_space_map.bitmap_root, pdata::data_index_tree_shape) &&
                    has(read.data_space_map.ref_count_root, pdata::data_overflow_tree_shape) &&
                    has(map.ref_count_root, pdata::metadata_overflow_tree_shape) &&
                    map.bitmap_root < nr_blocks_ &&
                    device.scan[map.bitmap_root].is == pdata::block_class::index;
  if (!fits) {
    if (!roots.any_superblock) roots.any_superblock = read;
    if (!options_.data_block_size)
      roots.guesses.push_back(fmt::format("data block size {}: the superblock's checksum is wrong",
                                          read.data_block_size));
    return;
  }
  roots.superblock = read;
  roots.any_superblock = read;
  if (!options_.mapping_root) roots.mapping_root = read.mapping_root;
  if (!options_.details_root) roots.details_root = read.details_root;
  if (!options_.mapping_root && !options_.details_root) roots.data_map = read.data_space_map;
  if (read.held_root != 0) add_snapshot(roots, read.held_root);
  roots.guesses.push_back(
      fmt::format("the superblock, whose checksum is wrong: all that it names is there "
                  "(transaction {}, {} data blocks of {} sectors)",
                  read.transaction_id, read.data_space_map.nr_blocks, read.data_block_size));
}

void root_chooser::drop_wrong_roots(chosen_roots& roots, const device_scan& device) {
  const auto drop_if_wrong = [&](std::optional<metadata_block>& root,
                                 const pdata::tree_shape& shape, const char* what) {
    const bool wrong = *root >= nr_blocks_ || (!device.children.is_tree_of(*root, shape) &&
                                               device.scan[*root].nr_entries != 0);
    if (!wrong) return;
    roots.notes.push_back(
        fmt::format("Block {} is no {}, as the superblock says: it is lost.", *root, what));
    root.reset();
  };
  drop_if_wrong(roots.mapping_root, pdata::top_level_tree_shape, "top level tree");
  drop_if_wrong(roots.details_root, pdata::details_tree_shape, "details tree");
}

chosen_roots root_chooser::at_first_sight() {
  chosen_roots roots{pdata::stored_counts(nr_blocks_)};
  read_superblocks(roots);
  return roots;
}

// The superblock's roots are sound nodes that cannot be what it says they are.
bool root_chooser::contradicts(const chosen_roots& roots, const device_scan& device) {
  const auto is_not = [&](metadata_block root, const pdata::tree_shape& shape) {
    if (root >= nr_blocks_) return true;
    const auto is = device.scan[root].is;
    // Damaged, not contradictory.
    if (is == pdata::block_class::unusable || is == pdata::block_class::blank) return false;
    const auto found = device.children.leaf_value_size(root);
    return found != shape.value_size && !(found == 0 && is == pdata::block_class::internal);
  };
  if (is_not(*roots.mapping_root, pdata::top_level_tree_shape) ||
      is_not(*roots.details_root, pdata::details_tree_shape))
    return true;
  const auto top = read_top_level(reader_, *roots.mapping_root, nr_blocks_);
  const auto details = read_details(reader_, *roots.details_root, nr_blocks_);
  if (top.damaged() || details.damaged()) return false;
  return !std::ranges::equal(
      top.roots, details.devices, {}, [](const auto& e) { return e.first; },
      [](const auto& e) { return e.first; });
}

bool root_chooser::choose_pair(chosen_roots& roots, const device_scan& device,
                               const std::vector<metadata_block>& mapping,
                               const std::vector<metadata_block>& details, bool one_is_enough) {
  const auto best = best_agreement(device, mapping, details);
  if (best) {
    roots.mapping_root = best->mapping_root;
    roots.details_root = best->details_root;
    return true;
  }
  if (!one_is_enough) return false;
  roots.mapping_root.reset();
  roots.details_root.reset();
  if (details.size() == 1) roots.details_root = details.front();
  if (mapping.size() == 1 && !roots.details_root) roots.mapping_root = mapping.front();
  return roots.mapping_root || roots.details_root;
}

// The space map of the superblock knows better than a wrong root.
bool root_chooser::choose_from_own_counts(chosen_roots& roots, const device_scan& device) {
  if (!roots.counts.sound()) return false;
  const auto candidates =
      classify(device, roots.superblock->metadata_space_map.bitmap_root, roots.counts);
  if (!candidates) return false;
  if (!choose_pair(roots, device, candidates->mapping_roots, candidates->details_roots, false))
    return false;
  roots.notes.push_back(fmt::format(
      "The superblock's roots contradict each other; its space map leads to mapping root {} and "
      "details root {}.",
      *roots.mapping_root, *roots.details_root));
  return true;
}

// What may be left of a younger state than the whole ones: trees that agree, where the
// next commit would have written them.
std::vector<pool_state> root_chooser::younger_pairs(const newest_generations& newest,
                                                    const device_scan& device) {
  const auto is_younger = [&](metadata_block root) {
    return std::ranges::any_of(newest.candidates, [&](const generation& state) {
      return !state.counts.live(root) &&
             (root + nr_blocks_ - state.index) % nr_blocks_ <= commit_blocks_max;
    });
  };
  std::vector<pool_state> found;
  for (const auto& pair : agreeing_pairs(device))
    if (found.size() < younger_max && is_younger(pair.mapping_root) &&
        is_younger(pair.details_root))
      found.push_back(read_state(device, pair));
  return found;
}

// The lowest end, unless it cannot be read, or the devices of another one are younger.
const generation& root_chooser::last_of(const newest_generations& newest, const device_scan& device,
                                        chosen_roots& roots) {
  const bool certain = !newest.younger_damaged && !newest.contested;
  if (newest.candidates.size() == 1 && certain) return newest.candidates.front();
  std::vector<pool_state> states;
  std::vector<std::size_t> places;  // among the candidates
  for (std::size_t i = 0; i < newest.candidates.size(); ++i) {
    const auto& state = newest.candidates[i];
    if (const auto pair = pool_roots(device, state)) {
      states.push_back(read_state(device, *pair));
      places.push_back(i);
    }
  }
  const bool first_known = !places.empty() && places.front() == 0;
  std::optional<std::size_t> younger;
  for (std::size_t i = 1; first_known && i < states.size(); ++i)
    if (compare_states(states.front(), states[i]) == state_order::older &&
        may_be_younger(device, newest, places[i]))
      younger = i;
  if (certain && !younger && newest.hidden_by_damage) {
    std::vector<pool_state> others(states.begin() + (first_known ? 1 : 0), states.end());
    roots.guesses.push_back(fmt::format(
        "the last state of the metadata, by the order in which states stand on the device: what "
        "is damaged may hide that another one is younger: {}",
        others.empty() ? "see --list-roots" : describe_choices(others)));
    return newest.candidates.front();
  }
  if (certain && !younger) {
    std::vector<pool_state> others;
    for (std::size_t i = 1; first_known && i < states.size(); ++i)
      if (compare_states(states.front(), states[i]) != state_order::same)
        others.push_back(states[i]);
    if (!others.empty())
      roots.notes.push_back(
          fmt::format("What commits wrote over shows which state was the last; older ones are "
                      "still whole: {}.",
                      describe_choices(others)));
    return newest.candidates.front();
  }
  // Where that is all that is in doubt, those alone are named that may have been the last.
  if (newest.contested && !newest.younger_damaged && !younger && first_known &&
      newest.nr_possible > 1) {
    const auto end = std::ranges::lower_bound(places, newest.nr_possible);
    states.resize(static_cast<std::size_t>(end - places.begin()));
  }
  auto all = newest.younger_damaged ? younger_pairs(newest, device) : std::vector<pool_state>();
  for (const auto& state : states)
    if (std::ranges::none_of(all, [&](const pool_state& known) {
          return known.roots.mapping_root == state.roots.mapping_root &&
                 known.roots.details_root == state.roots.details_root;
        }))
      all.push_back(state);
  const auto* why = newest.younger_damaged ? younger_one_damaged
                    : younger              ? contradicting_order
                                           : equal_claims;
  if (!options_.take_best) refuse_to_guess(all, why);
  roots.guesses.push_back(
      fmt::format("the last state of the metadata: {}; instead of it can be chosen {}", why,
                  all.empty() ? "what --list-roots shows" : describe_choices(all)));
  return newest.candidates[younger ? places[*younger] : 0];
}

// Roots, counts and maps of a state that was found on the device.
bool root_chooser::take_state(chosen_roots& roots, const device_scan& device,
                              const generation& state) {
  roots.snapshot_mapping_roots.clear();
  roots.snapshot_details_roots.clear();
  roots.snapshot_lost = false;
  for (const auto location : state.snapshots) add_snapshot(roots, location);
  const auto without = [&](std::vector<metadata_block> all,
                           const std::vector<metadata_block>& held) {
    std::erase_if(all, [&](metadata_block b) {
      return std::ranges::count(held, b) != 0 && state.counts.get(b) == 1U;
    });
    return all;
  };
  const auto mapping = without(state.mapping_roots, roots.snapshot_mapping_roots);
  if (!choose_pair(roots, device, mapping,
                   without(state.details_roots, roots.snapshot_details_roots), true)) {
    roots.details_root.reset();
    roots.mapping_root = only_top_level(device, mapping);
  }
  roots.counts = state.counts;
  roots.index = state.index;
  roots.data_map = data_map_of(device, state);
  return true;
}

bool root_chooser::choose_generation(chosen_roots& roots, const device_scan& device) {
  const auto newest = find_newest_generations(device);
  if (newest.candidates.empty()) return false;
  const auto& state = last_of(newest, device, roots);
  take_state(roots, device, state);
  roots.notes.push_back(fmt::format(
      "Roots found by the space map with index block {}, the last of {} whole "
      "state(s) on the device: mapping root {}, details root {}.",
      state.index, newest.nr_whole, name_of(roots.mapping_root), name_of(roots.details_root)));
  if (!newest.proven)
    roots.unproven.push_back(
        "that no other state is younger follows from the order of index blocks alone");
  if (!newest.pass_known) roots.unproven.push_back(two_machines_possible);
  if (!history_is_whole(device, state))
    roots.guesses.push_back("the state: blocks are damaged where a younger one may have been");
  return true;
}

// Commits after the superblock's own are still there: one may have been cut off before it
// was complete, but the one after it begins only when the superblock is written.
bool root_chooser::choose_later_state(chosen_roots& roots, const device_scan& device) {
  const auto& own = *roots.superblock;
  const auto later = find_later_states(device, own.metadata_space_map.bitmap_root);
  if (!later.pass_known || find_younger_state(device, own))
    roots.unproven.push_back(two_machines_possible);
  if (later.other_branch) {
    roots.guesses.push_back(
        "the superblock's state: another one on the device went on from an older state, as where "
        "two machines had the pool in use; see --list-roots");
    return false;
  }
  if (!later.last) return false;
  const auto& state = *later.last;
  const auto pair = pool_roots(device, state);
  if (!pair) return false;
  const auto younger = read_state(device, *pair);
  const auto says =
      read_state(device, {.mapping_root = own.mapping_root, .details_root = own.details_root});
  const bool same_roots =
      pair->mapping_root == own.mapping_root && pair->details_root == own.details_root;
  if (same_roots || compare_states(says, younger) == state_order::same) return false;
  const bool another_pass = later.both_whole || later.overtaken ||
                            compare_states(says, younger) == state_order::older ||
                            (later.written_over && contradicts(roots, device));
  // Nothing is lost with a state that maps nothing, all may be with the other one.
  const char* what = nullptr;
  if (maps_nothing(younger) && !maps_nothing(says) && !says.details.damaged())
    what = "which maps nothing, and seems to be younger";
  else if (later.nr_steps == 1 && !later.overtaken)
    what = "that of a commit which was cut off or whose superblock is lost, as it seems";
  else if (later.nr_steps == 0 && !another_pass)
    what = "and nothing proves which of the two was the last";
  if (what != nullptr) {
    roots.guesses.push_back(
        fmt::format("the superblock's state: another one is on the device, {}: {}", what,
                    describe_choice(*pair)));
    return false;
  }
  roots.guesses.push_back(
      fmt::format("the superblock is older than what is on the device: taken was {}, not what it "
                  "says, --mapping-root {} --details-root {}",
                  describe_choice(*pair), own.mapping_root, own.details_root));
  return take_state(roots, device, state);
}

bool root_chooser::choose_agreeing_pair(chosen_roots& roots, const device_scan& device) {
  const auto pairs = agreeing_pairs(device);
  if (pairs.empty()) return false;
  std::vector<pool_state> states;
  for (const auto& pair : pairs)
    if (states.size() < ranked_max) states.push_back(read_state(device, pair));
  std::string guess;
  const auto last = pairs.size() <= ranked_max ? rank(states, guess) : std::nullopt;
  if (!last && !options_.take_best) refuse_to_guess(states, equal_claims);
  if (!last) guess = fmt::format("the last state of the metadata: {}", equal_claims);
  const auto chosen = last.value_or(0);
  roots.unproven.push_back("no space map tells which state was the last");
  roots.data_map.reset();
  roots.mapping_root = pairs[chosen].mapping_root;
  roots.details_root = pairs[chosen].details_root;
  roots.counts = pdata::stored_counts(nr_blocks_);
  roots.index.reset();
  if (!guess.empty()) roots.guesses.push_back(std::move(guess));
  roots.notes.push_back(
      fmt::format("Roots found by their contents alone: mapping root {} and details root {} agree "
                  "about devices and mappings.",
                  *roots.mapping_root, *roots.details_root));
  return true;
}

chosen_roots root_chooser::by_evidence(const device_scan& device) {
  auto roots = at_first_sight();
  const bool overridden = options_.mapping_root || options_.details_root;
  if (!roots.superblock) believe_legible(roots, device);
  if (roots.superblock) {
    const auto& map = roots.superblock->metadata_space_map;
    auto counts = pdata::stored_counts::load(reader_, map.bitmap_root, nr_blocks_);
    counts.load_overflow(reader_, map.ref_count_root);
    if (overridden) return roots;
    roots.counts = std::move(counts);
    roots.index = map.bitmap_root;
    if (choose_later_state(roots, device)) return roots;
    if (!contradicts(roots, device)) return roots;
    if (choose_from_own_counts(roots, device)) return roots;
    if (roots.counts.sound() && roots.counts.anything_known()) {
      drop_wrong_roots(roots, device);
      return roots;
    }
  } else {
    roots.notes.push_back("The superblock is lost.");
    if (options_.mapping_root && options_.details_root) return roots;
  }
  auto found = roots;
  const bool own_lost = roots.superblock && !overridden;
  if (own_lost && !options_.take_best) refuse_older_states(device);
  if (choose_generation(found, device) || choose_agreeing_pair(found, device)) {
    if (own_lost)
      found.guesses.push_back(
          "the trees that the superblock names are gone: what was taken is an older state");
    if (options_.mapping_root) found.mapping_root = options_.mapping_root;
    if (options_.details_root) found.details_root = options_.details_root;
    if (overridden) found.data_map.reset();
    return found;
  }
  return roots;
}

}  // namespace thin_tools
