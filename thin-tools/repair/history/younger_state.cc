#include "thin-tools/repair/history/younger_state.h"

#include <algorithm>
#include <atomic>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/survey/stored_counts.h"
#include "thin-tools/repair/history/state_order.h"
#include "thin-tools/repair/history/whole_states.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// That are read above the index block, and as many from the start of the device.
constexpr std::size_t free_blocks_read = 256;

bool is_later(std::uint64_t transaction, std::uint32_t time, const pdata::superblock& own) {
  return transaction > own.transaction_id || time > own.time;
}

std::vector<metadata_block> next_free(const pdata::stored_counts& counts, metadata_block begin,
                                      metadata_block end) {
  std::vector<metadata_block> found;
  for (auto b = begin; b < end && found.size() < free_blocks_read; ++b)
    if (!counts.live(b)) found.push_back(b);
  return found;
}

// A leaf of details has a device that the superblock's state cannot have.
bool names_later_device(pdata::block_view bytes, metadata_block location, metadata_block nr_blocks,
                        const pdata::superblock& own) {
  const auto parsed = pdata::node_view::parse_layout(bytes);
  const auto* node = std::get_if<pdata::node_view>(&parsed);
  if (node == nullptr || !node->is_leaf() ||
      node->value_size() != pdata::details_tree_shape.value_size)
    return false;
  bool later = false;
  for (std::uint32_t i = 0; i < node->nr_entries(); ++i) {
    const auto device = pdata::device_details::load(node->value(i));
    later = later || is_later(device.transaction_id,
                              std::max(device.creation_time, device.snapshotted_time), own);
  }
  return later &&
         pdata::summarize(bytes, location, nr_blocks).is_leaf_of(pdata::details_tree_shape);
}

// Whether one of these blocks does.
bool any_names_later_device(pdata::batch_reader& reader, std::span<const metadata_block> blocks,
                            metadata_block nr_blocks, const pdata::superblock& own) {
  std::atomic<bool> any{false};
  reader.read(blocks, [&](const pdata::read_block& block) {
    if (block.outcome.ok() && names_later_device(block.bytes, block.location, nr_blocks, own))
      any = true;
  });
  return any;
}

}  // namespace

std::optional<root_pair> find_younger_state(pdata::batch_reader& reader,
                                            const pdata::superblock& superblock) {
  const auto nr_blocks = std::min(reader.device().nr_blocks(), pdata::max_metadata_blocks);
  const auto own_index = superblock.metadata_space_map.bitmap_root;
  const auto own = pdata::stored_counts::load(reader, own_index, nr_blocks);
  if (!own.sound() || !own.anything_known()) return std::nullopt;
  if (!any_names_later_device(reader, next_free(own, 1, own_index), nr_blocks, superblock) &&
      !any_names_later_device(reader, next_free(own, own_index + 1, nr_blocks), nr_blocks,
                              superblock))
    return std::nullopt;
  return find_younger_state(device_scan(reader, nr_blocks), superblock);
}

std::optional<root_pair> find_younger_state(const device_scan& device,
                                            const pdata::superblock& superblock) {
  const auto nr_blocks = device.scan.nr_blocks();
  const auto own = pdata::stored_counts::load(device.reader,
                                              superblock.metadata_space_map.bitmap_root, nr_blocks);
  if (!own.sound() || !own.anything_known()) return std::nullopt;
  std::vector<metadata_block> tables;
  for (metadata_block b = 0; b < nr_blocks; ++b)
    if (!own.live(b) && device.scan[b].is_leaf_of(pdata::details_tree_shape)) tables.push_back(b);
  if (!any_names_later_device(device.reader, tables, nr_blocks, superblock)) return std::nullopt;

  const auto proven = proven_blocks(device);
  const auto own_proven = block_set(own, nr_blocks).common_with(proven);
  std::optional<root_pair> found;
  for (const auto index : device.indices) {
    if (own.live(index)) continue;
    auto counts = pdata::stored_counts::load(device.reader, index, nr_blocks);
    if (!counts.sound() || !counts.anything_known() ||
        !block_set(counts, nr_blocks).shares_with(own_proven))
      continue;
    const auto state = survey(device, index, std::move(counts));
    if (!is_later(state.newest_transaction, state.newest_time, superblock) ||
        condition_of(device, state) != state_condition::whole)
      continue;
    const auto roots = pool_roots(device, state);
    if (!roots || !is_later(roots->newest_transaction, roots->newest_time, superblock)) continue;
    if (found && std::pair(found->newest_transaction, found->newest_time) >
                     std::pair(roots->newest_transaction, roots->newest_time))
      continue;
    found = roots;
  }
  return found;
}

}  // namespace thin_tools
