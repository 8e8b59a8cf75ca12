#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/repair/input/repair_input.h"
#include "thin-tools/repair/output/plan_stream.h"
#include "thin-tools/repair/output/repair_report.h"
#include "thin-tools/repair/repair.h"
#include "thin-tools/repair/trees/forest_order.h"
#include "thin-tools/volumes/pool_trees.h"

namespace thin_tools {

namespace {

// How much is kept of single lost parts: where there is more, everything that is not mapped
// counts as lost.
struct loss_limits {
  std::uint64_t nr_parts = std::uint64_t{1} << 22;  // of all devices together
  std::uint64_t nr_looks = std::uint64_t{1} << 28;  // at slots of nodes, to find them
};

std::string guesses_of(const recovered_device& device) {
  std::string text;
  if (device.nr_agreed != 0)
    text += fmt::format(
        "device {}: {} mappings are those on which all subtrees agree that may belong there\n",
        device.id, device.nr_agreed);
  for (const auto& guess : device.guesses)
    text += fmt::format("device {}: guessed: {}\n", device.id, guess);
  return text;
}

struct trees_of_a_repair : pool_volumes::trees {
  explicit trees_of_a_repair(const pool_request& wanted)
      : metadata(open_metadata(admit(metadata_request(wanted.metadata)))),
        input(*metadata, wanted.metadata),
        input_reader(input.device()),
        plan(make_repair_plan(input_reader, wanted.metadata, wanted.repair, &input.device())) {}

  pdata::batch_reader& reader() override { return *tree_reader; }

  std::unique_ptr<pdata::file_device> metadata;
  repair_input input;
  pdata::batch_reader input_reader;
  repair_plan plan;
  std::unique_ptr<plan_device> device;
  std::unique_ptr<pdata::batch_reader> tree_reader;
};

class loss_finder {
 public:
  loss_finder(repair_plan& plan, pdata::block_device& source) : plan_(plan), source_(source) {}

  void find(const recovered_device& device, volume_tree& to) {
    to_ = &to;
    // Where all mappings are there again, nothing was lost in the holes.
    if (device.nr_lost_ranges != 0) find_holes(device.root);
    if (device.nr_dropped != 0) find_impossible(device.root);
  }

 private:
  // False: there are too many.
  bool lose(const pdata::key_range& keys, std::string reason) {
    if (limits_.nr_parts == 0) {
      to_->lost_anywhere = true;
      return false;
    }
    --limits_.nr_parts;
    to_->lost.push_back({keys, std::move(reason)});
    return true;
  }

  void find_holes(pdata::metadata_block root) {
    list_holes(*plan_.forest, root, limits_.nr_looks,
               [&](const hole& found) { return lose(found.keys, reason_for(found)); });
    if (limits_.nr_looks == 0) to_->lost_anywhere = true;
  }

  // Mappings to data blocks that the pool does not have, or that are free.
  void find_impossible(pdata::metadata_block root) {
    const auto& forest = *plan_.forest;
    const std::vector roots{root};
    const auto order = parents_first(*plan_.forest, roots, [](pdata::node_index) { return true; });
    for (const auto index : order.nodes) {
      if (forest.is_agreed_leaf(index) || forest.is_internal(index)) continue;
      const auto location = forest.graph().node(index).location;
      if (plan_.leaves->nr_impossible(location) != 0 && !find_impossible_in(location)) return;
    }
  }

  bool find_impossible_in(pdata::metadata_block leaf) {
    const auto block = std::make_unique<pdata::block_buffer>();
    if (const auto outcome = source_.read(leaf, block->span()); !outcome.ok())
      pdata::throw_errno("Couldn't read again block " + std::to_string(leaf) + " of", "the input",
                         outcome.errno_value());
    const auto parsed = pdata::node_view::parse(block->view());
    const auto* node = std::get_if<pdata::node_view>(&parsed);
    if (node == nullptr)
      throw pdata::error(fmt::format("block {} is no node any more: the input changes", leaf));
    for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
      if (plan_.leaves->possible(node->value_u64(i))) continue;
      const auto key = node->key(i);
      const bool last = key == UINT64_MAX;
      if (!lose({key, last ? std::nullopt : std::optional(key + 1)},
                "its data block is beyond the data device or free"))
        return false;
    }
    return true;
  }

  repair_plan& plan_;
  pdata::block_device& source_;
  loss_limits limits_;
  volume_tree* to_ = nullptr;
};

}  // namespace

std::unique_ptr<pool_volumes::trees> open_repaired(const pool_request& wanted) {
  auto opened = std::make_unique<trees_of_a_repair>(wanted);
  auto& plan = opened->plan;
  opened->name = wanted.metadata;
  opened->superblock = plan.superblock;
  opened->nr_data_blocks = plan.superblock.nr_data_blocks;
  opened->nr_data_blocks_known = false;  // the plan may have counted them
  opened->repaired = true;
  opened->proven = plan.account_closed();
  for (const auto& note : opened->input.notes()) opened->remarks += note + "\n";
  opened->remarks += pool_loss_lines(plan);
  loss_finder losses(plan, opened->input_reader.device());
  for (const auto& device : plan.devices) {
    volume_tree tree{.from = {device.id, device.details, device.root}, .expected = device.expected};
    losses.find(device, tree);
    tree.remarks = guesses_of(device);
    opened->volumes.push_back(std::move(tree));
  }
  for (const auto& device : plan.lost_devices)
    opened->lost.push_back({device.id, device.expected, device.reason});
  opened->device = std::make_unique<plan_device>(plan, opened->input_reader.device());
  for (std::size_t i = 0; i < plan.devices.size(); ++i)
    opened->volumes[i].from.root = opened->device->roots()[i];
  plan.forest.reset();  // it needs memory, and all that it knew is in the trees now
  opened->nr_blocks = opened->device->nr_blocks();
  opened->tree_reader =
      std::make_unique<pdata::batch_reader>(*opened->device, opened->input_reader.nr_workers());
  return opened;
}

}  // namespace thin_tools
