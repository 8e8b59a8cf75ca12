#include "thin-tools/repair/repair.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "thin-tools/repair/history/older_roots.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/output/plan_accounts.h"
#include "thin-tools/repair/output/reused_blocks.h"
#include "thin-tools/repair/owners/device_lineage.h"
#include "thin-tools/repair/owners/device_matcher.h"
#include "thin-tools/repair/owners/small_tree_leaves.h"
#include "thin-tools/repair/placement/fill_holes.h"
#include "thin-tools/repair/scan/strangers.h"
#include "thin-tools/repair/trees/forest_order.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

void refuse_impossible_roots(const repair_request& input) {
  const auto refuse = [&](const char* option, const std::optional<metadata_block>& root) {
    if (root && *root >= input.nr_blocks)
      throw pdata::error(
          fmt::format("{} {}: '{}' has {} blocks", option, *root, input.name, input.nr_blocks));
  };
  refuse("--mapping-root", input.options.mapping_root);
  refuse("--details-root", input.options.details_root);
}

bool is_whole(const pool_view& view, pool_forest& forest) {
  return std::ranges::all_of(view.top.roots, [&](const auto& entry) {
    const auto& [id, root] = entry;
    const auto node = forest.trees->good_node(root);
    const auto details = view.details.devices.find(id);
    if (!node || details == view.details.devices.end()) return false;
    const auto tree = forest.trees->below(*node);
    return !tree.damaged && tree.nr_values == details->second.mapped_blocks;
  });
}

// None: superblock or trees are damaged, or contradict each other.
std::optional<repair_plan> plan_at_first_sight(const repair_request& input) {
  root_chooser chooser(input.reader, input.nr_blocks, input.options);
  auto roots = chooser.at_first_sight();
  if (!roots.mapping_root || !roots.details_root) return std::nullopt;
  const auto view = read_view(input, std::move(roots));
  if (view.top.damaged() || view.details.damaged() ||
      view.top.roots.size() != view.details.devices.size())
    return std::nullopt;
  auto forest = read_forest(input, view, {});
  if (!is_whole(view, forest)) return std::nullopt;
  const bool chosen = input.options.mapping_root || input.options.details_root;
  if (!chosen && may_have_other_states(input.reader, input.nr_blocks,
                                       view.roots.superblock->metadata_space_map.bitmap_root))
    return std::nullopt;
  repair_plan plan;
  complete_plan(input, nullptr, view, std::move(forest), nullptr, {}, plan);
  if (plan.contradicted) return std::nullopt;
  if (chosen) tell_reused_blocks(input, view, plan);
  return plan;
}

chosen_roots choose_roots(const repair_request& input, const device_scan& device) {
  root_chooser chooser(input.reader, input.nr_blocks, input.options);
  auto roots = chooser.by_evidence(device);
  if (roots.mapping_root || roots.details_root ||
      (roots.counts.sound() && roots.counts.anything_known()))
    return roots;
  if (!roots.any_superblock && device.scan.all_of(pdata::block_class::leaf).empty())
    throw pdata::error(fmt::format(
        "'{}' holds no thin metadata: bad checksum in superblock, and no tree nodes", input.name));
  throw pdata::error(
      fmt::format("no compatible roots found in '{}': neither the superblock nor "
                  "any pair of trees can be used; see --list-roots",
                  input.name));
}

const past_trees* look_back(state_history* history, std::vector<std::string>& notes) {
  const auto* past = history != nullptr ? history->back(0) : nullptr;
  if (past != nullptr)
    notes.push_back(
        fmt::format("The state before the last commit is still on the device, with index block {}.",
                    past->state().index));
  return past;
}

// A live node that is false under its checksum: what made it may have made others that look sound.
void guess_beside_false_nodes(const device_scan& device, chosen_roots& roots) {
  for (metadata_block b = 0; b < device.scan.nr_blocks(); ++b) {
    if (!device.scan[b].is_false_node || roots.counts.get(b) == 0U) continue;
    roots.guesses.push_back(
        fmt::format("that nodes which look sound are right: block {} is none, and its checksum is "
                    "right",
                    b));
    return;
  }
}

constexpr const char* others_may_be_older =
    "that the rest is of the state that is taken: where writes were lost others may have been, too";

// Blocks that are sound stand where the state that is taken has others.
bool has_sound_blocks_amiss(const device_scan& device, const pool_view& view,
                            mapping_forest& forest) {
  const auto is_sound = [&](metadata_block b) {
    return b < device.scan.nr_blocks() && device.scan[b].is != pdata::block_class::unusable &&
           device.scan[b].is != pdata::block_class::blank;
  };
  const auto amiss = [&](const pdata::damage& finding) {
    return finding.location && is_sound(*finding.location);
  };
  bool found = std::ranges::any_of(view.top.findings, amiss) ||
               std::ranges::any_of(view.details.findings, amiss);
  for_each_hole(forest, device_roots(view.top),
                [&](const hole& each) { found = found || is_sound(each.id.location); });
  return found;
}

void finish_plan(const repair_request& input, const device_scan& device, const pool_view& view,
                 pool_forest forest, const past_trees* past, const lineage_match& lineage,
                 repair_plan& plan) {
  complete_plan(input, &device, view, std::move(forest), past, lineage, plan);
  if (input.options.mapping_root) tell_reused_blocks(input, view, plan);
  if (!plan.account_closed() && has_sound_blocks_amiss(device, view, *plan.forest))
    plan.guesses.push_back(others_may_be_older);
}

repair_plan plan_by_evidence(const repair_request& input, const device_scan& device,
                             chosen_roots roots) {
  guess_beside_false_nodes(device, roots);
  auto view = read_view(input, std::move(roots));
  repair_plan plan;
  plan.notes = view.roots.notes;
  plan.guesses = view.roots.guesses;
  auto census = take_census(input, device, view.roots);
  regain_small_trees(input, device, view, census, plan.notes);
  const bool names_lost = view.top.damaged();
  const auto history = open_history(device, view);
  const auto* past =
      names_lost || view.details.damaged() ? look_back(history.get(), plan.notes) : nullptr;

  const auto lost_roots = find_lost_roots(device, census, view.roots);
  lineage_match lineage;
  if (lost_roots.empty()) {
    auto forest = read_forest(input, view, {});
    fill_holes_of_the_past(input, device, view, forest, plan.notes);
    finish_plan(input, device, view, std::move(forest), past, lineage, plan);
    return plan;
  }
  const auto held = read_snapshot_trees(input, view.roots);
  auto more = held.roots;
  for (const auto& each : lost_roots) more.push_back(each.location);
  auto forest = read_forest(input, view, std::move(more));
  auto orphans = find_orphans(*forest.trees, lost_roots);
  if (names_lost && past != nullptr)
    lineage = regain_by_lineage(input, device, *past, view, *forest.trees, orphans, plan.notes);
  if (names_lost) {
    regain_device_trees(device, view, *forest.trees, orphans);
    regain_damaged_trees(device, census, view, *forest.trees, orphans);
    regain_scattered_tree(device, census, view, *forest.trees, orphans);
    account_for_nameless(view, past, lineage, *forest.trees, orphans, plan);
  }
  if (held.all_known && (!names_lost || all_trees_named(view, lineage)))
    fill_holes(input, device, view, held, std::move(orphans), census, history.get(), forest,
               plan.notes);
  finish_plan(input, device, view, std::move(forest), past, lineage, plan);
  return plan;
}

// Where the trees of devices are lost as a whole: an older one leads to what is left.
repair_plan plan_by_older_roots(const repair_request& input, const device_scan& device,
                                const nothing_recovered& why) {
  if (input.options.mapping_root || input.options.details_root) throw nothing_recovered(why);
  const auto older = find_older_roots(input, device);
  if (!older) throw nothing_recovered(why);
  auto options = input.options;
  options.mapping_root = older->mapping_root;
  options.details_root = older->details_root;
  repair_request with_roots(input.reader, input.name, options);
  with_roots.disbelieved = input.disbelieved;
  auto plan = plan_by_evidence(with_roots, device, choose_roots(with_roots, device));
  plan.guesses.push_back(
      fmt::format("the trees of devices, which are lost: older ones were taken, --mapping-root {} "
                  "--details-root {}; what was written since is missing, or as it was then",
                  older->mapping_root, older->details_root));
  return plan;
}

repair_plan plan_with(const repair_request& input, const device_scan& device, chosen_roots roots) {
  try {
    return plan_by_evidence(input, device, std::move(roots));
  } catch (const nothing_recovered& why) {
    return plan_by_older_roots(input, device, why);
  }
}

// The search for sound blocks that are not of the state that is taken, in rounds: what they
// take with them shows others.
class stranger_search {
 public:
  stranger_search(repair_request& input, corrected_device* corrected)
      : input_(input), corrected_(corrected) {}

  // Blocks that say that they belong elsewhere are looked for at first, before the scan.
  bool begin() {
    constexpr int rounds_max = 4;
    if (corrected_ == nullptr || nr_rounds_++ == rounds_max) return false;
    claimed_ = corrected_->claimed_blocks();
    return true;
  }
  const std::vector<metadata_block>& claimed() const { return claimed_; }

  // True if there are any.
  bool take(const strangers& found) {
    if (found.blocks.empty()) return false;
    for (const auto b : found.blocks) older_ = older_ || !std::ranges::binary_search(claimed_, b);
    input_.disbelieved.insert(found.blocks.begin(), found.blocks.end());
    notes_.push_back(found.describe());
    corrected_->disbelieve(found.blocks);
    return true;
  }

  void describe(repair_plan& plan) const {
    plan.notes.insert(plan.notes.begin(), notes_.begin(), notes_.end());
    if (older_ && !plan.account_closed() &&
        std::ranges::count(plan.guesses, others_may_be_older) == 0)
      plan.guesses.push_back(others_may_be_older);
  }

 private:
  repair_request& input_;
  corrected_device* corrected_;
  int nr_rounds_ = 0;
  bool older_ = false;  // what belongs there stands nowhere else
  std::vector<metadata_block> claimed_;
  std::vector<std::string> notes_;
};

}  // namespace

repair_plan make_repair_plan(pdata::batch_reader& reader, const std::string& name,
                             const repair_options& options, corrected_device* corrected) {
  repair_request input(reader, name, options);
  refuse_impossible_roots(input);
  if (auto plan = plan_at_first_sight(input)) return std::move(*plan);
  stranger_search strange(input, corrected);
  while (true) {
    const bool searches = strange.begin();
    const device_scan device(reader, input.nr_blocks);
    const auto pool = read_superblock(reader, pdata::superblock_location, input.nr_blocks);
    if (searches && pool &&
        strange.take(find_claimed_strangers(input, device, *pool, strange.claimed())))
      continue;
    auto roots = choose_roots(input, device);
    if (searches && strange.take(find_strangers(input, device, roots, strange.claimed()))) continue;
    auto plan = plan_with(input, device, std::move(roots));
    strange.describe(plan);
    return plan;
  }
}

}  // namespace thin_tools
