#include "thin-tools/repair/history/root_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/io/validate.h"
#include "thin-tools/repair/scan/census.h"
#include "thin-tools/repair/states/state_order.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

std::string describe_choice(const root_pair& pair) {
  return fmt::format("--mapping-root {} --details-root {} ({} devices, {} mappings)",
                     pair.mapping_root, pair.details_root, pair.nr_devices, pair.nr_mappings);
}

std::string describe_choices(const std::vector<pool_state>& states) {
  std::string text;
  for (const auto& state : states)
    text += (text.empty() ? "" : ", or ") + describe_choice(state.roots);
  return text;
}

// An older state would be taken for the pool: that is for the user to decide.
[[noreturn]] void refuse_to_guess(const std::vector<pool_state>& states, const char* why) {
  throw pdata::error(
      fmt::format("the superblock is lost, and it is not certain which state of the metadata was "
                  "the last: {}; choose by {}",
                  why, states.empty() ? "the roots of --list-roots" : describe_choices(states)));
}

// Each is held against each.
constexpr std::size_t ranked_max = 64;
constexpr std::size_t younger_max = 4;  // that are named to choose from

constexpr const char* equal_claims = "what is known of the devices does not tell";
constexpr const char* younger_one_damaged = "a younger one may have been where damage is now";

// Takes the one that must be the last out of `states`, if one must be; says so where
// others differ from it.
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
    if (to.superblock->held_root != 0) add_snapshot(to, to.superblock->held_root);
  }
  if (options_.mapping_root) to.mapping_root = options_.mapping_root;
  if (options_.details_root) to.details_root = options_.details_root;
}

chosen_roots root_chooser::at_first_sight() {
  chosen_roots roots{pdata::stored_counts(nr_blocks_)};
  read_superblocks(roots);
  return roots;
}

// The superblock's roots are sound nodes that cannot be what it says they are.
bool root_chooser::contradicts(const chosen_roots& roots, const evidence& device) {
  const auto is_not = [&](metadata_block root, std::uint32_t value_size) {
    if (root >= nr_blocks_) return true;
    const auto is = device.scan[root].is;
    // Damaged, not contradictory.
    if (is == pdata::block_class::unusable || is == pdata::block_class::blank) return false;
    const auto found = device.children.leaf_value_size(root);
    return found != value_size &&
           !(found == 0 && device.scan[root].is == pdata::block_class::internal);
  };
  if (is_not(*roots.mapping_root, 8) || is_not(*roots.details_root, 24)) return true;
  const auto top = read_top_level(reader_, *roots.mapping_root, nr_blocks_);
  const auto details = read_details(reader_, *roots.details_root, nr_blocks_);
  if (top.damaged() || details.damaged()) return false;
  return !std::ranges::equal(
      top.roots, details.devices, {}, [](const auto& e) { return e.first; },
      [](const auto& e) { return e.first; });
}

bool root_chooser::choose_pair(chosen_roots& roots, const std::vector<metadata_block>& mapping,
                               const std::vector<metadata_block>& details, bool one_is_enough) {
  const auto best = best_agreement(reader_, nr_blocks_, mapping, details);
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
bool root_chooser::choose_from_own_counts(chosen_roots& roots, const evidence& device) {
  if (!roots.counts.sound()) return false;
  const auto candidates =
      classify(device, roots.superblock->metadata_space_map.bitmap_root, roots.counts);
  if (!candidates) return false;
  if (!choose_pair(roots, candidates->mapping_roots, candidates->details_roots, false))
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
                                                    const evidence& device) {
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
      found.push_back(read_state(reader_, nr_blocks_, pair));
  return found;
}

// Of several that may be the last state the one that must be, by its devices.
const generation& root_chooser::last_of(const newest_generations& newest, const evidence& device,
                                        chosen_roots& roots) {
  if (newest.candidates.size() == 1 && !newest.younger_damaged) return newest.candidates.front();
  std::vector<pool_state> states;
  for (const auto& state : newest.candidates)
    if (const auto pair =
            best_agreement(reader_, nr_blocks_, state.mapping_roots, state.details_roots))
      states.push_back(read_state(reader_, nr_blocks_, *pair));
  if (newest.younger_damaged) {
    auto all = younger_pairs(newest, device);
    all.insert(all.end(), states.begin(), states.end());
    refuse_to_guess(all, younger_one_damaged);
  }
  std::string guess;
  const auto last = states.size() == newest.candidates.size() ? rank(states, guess) : std::nullopt;
  if (!last) refuse_to_guess(states, equal_claims);
  if (!guess.empty()) roots.guesses.push_back(std::move(guess));
  return newest.candidates[*last];
}

bool root_chooser::choose_generation(chosen_roots& roots, const evidence& device) {
  const auto newest = find_newest_generations(device);
  if (newest.candidates.empty()) return false;
  const auto& state = last_of(newest, device, roots);
  roots.snapshot_mapping_roots.clear();
  roots.snapshot_details_roots.clear();
  for (const auto location : state.snapshots) add_snapshot(roots, location);
  const auto without = [&](std::vector<metadata_block> all,
                           const std::vector<metadata_block>& held) {
    std::erase_if(all, [&](metadata_block b) {
      return std::ranges::count(held, b) != 0 && state.counts.get(b) == 1U;
    });
    return all;
  };
  if (!choose_pair(roots, without(state.mapping_roots, roots.snapshot_mapping_roots),
                   without(state.details_roots, roots.snapshot_details_roots), true))
    return false;
  const auto name = [](const std::optional<metadata_block>& root) {
    return root ? fmt::to_string(*root) : std::string("lost");
  };
  roots.notes.push_back(fmt::format(
      "Roots found by the space map with index block {}, the newest of {} whole "
      "state(s) on the device: mapping root {}, details root {}.",
      state.index, newest.nr_whole, name(roots.mapping_root), name(roots.details_root)));
  roots.counts = state.counts;
  roots.index = state.index;
  return true;
}

bool root_chooser::choose_agreeing_pair(chosen_roots& roots, const evidence& device) {
  const auto pairs = agreeing_pairs(device);
  if (pairs.empty()) return false;
  std::vector<pool_state> states;
  for (const auto& pair : pairs)
    if (states.size() < ranked_max) states.push_back(read_state(reader_, nr_blocks_, pair));
  std::string guess;
  const auto last = pairs.size() <= ranked_max ? rank(states, guess) : std::nullopt;
  if (!last) refuse_to_guess(states, equal_claims);
  roots.mapping_root = pairs[*last].mapping_root;
  roots.details_root = pairs[*last].details_root;
  roots.counts = pdata::stored_counts(nr_blocks_);
  roots.index.reset();
  if (!guess.empty()) roots.guesses.push_back(std::move(guess));
  roots.notes.push_back(
      fmt::format("Roots found by their contents alone: mapping root {} and details root {} agree "
                  "about devices and mappings.",
                  *roots.mapping_root, *roots.details_root));
  return true;
}

chosen_roots root_chooser::by_evidence(const evidence& device) {
  auto roots = at_first_sight();
  const bool overridden = options_.mapping_root || options_.details_root;
  if (roots.superblock) {
    const auto& map = roots.superblock->metadata_space_map;
    auto counts = pdata::stored_counts::load(reader_, map.bitmap_root, nr_blocks_);
    counts.load_overflow(reader_, map.ref_count_root);
    if (!overridden) {
      roots.counts = std::move(counts);
      roots.index = map.bitmap_root;
    }
    if (overridden || !contradicts(roots, device)) return roots;
    if (choose_from_own_counts(roots, device)) return roots;
  } else {
    roots.notes.push_back("The superblock is lost.");
    if (options_.mapping_root && options_.details_root) return roots;
  }
  if (options_.mapping_root && options_.details_root) return roots;
  auto found = roots;
  if (choose_generation(found, device) || choose_agreeing_pair(found, device)) {
    if (options_.mapping_root) found.mapping_root = options_.mapping_root;
    if (options_.details_root) found.details_root = options_.details_root;
    return found;
  }
  return roots;
}

}  // namespace thin_tools
