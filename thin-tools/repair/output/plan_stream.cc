#include "thin-tools/repair/output/plan_stream.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/stream/stream_validator.h"
#include "thin-tools/repair/output/tree_assembler.h"

namespace thin_tools {

using pdata::block_size;
using pdata::metadata_block;
using pdata::status;

namespace {

void put_leaf(const pdata::entry_list& entries, metadata_block location,
              std::span<std::byte> block) {
  std::ranges::fill(block, std::byte{0});
  const pdata::block_span to(block.data(), block_size);
  auto leaf = pdata::node_editor::format(to, pdata::node_kind::leaf, entries.value_size(),
                                         pdata::max_node_entries(entries.value_size()));
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    leaf.insert_at(i, entries.key(i), entries.value(i));
  pdata::seal(to, pdata::block_kind::btree_node, location);
}

}  // namespace

plan_device::plan_device(repair_plan& plan, pdata::block_device& source)
    : leaves_(*plan.leaves),
      source_(source),
      begin_agreed_(source.nr_blocks()),
      begin_(source.nr_blocks() + plan.agreed_leaves.size()) {
  const auto& forest = *plan.forest;
  std::unordered_map<pdata::node_index, metadata_block> agreed_locations;
  for (const auto leaf : plan.agreed_leaves) {
    agreed_locations[leaf] = begin_agreed_ + agreed_.size();
    agreed_.push_back(forest.agreed(leaf));
  }
  pdata::block_writer out(this, begin_, UINT64_MAX);
  pdata::node_store store(out, [](metadata_block) {});
  tree_assembler trees(*plan.forest, leaves_, store,
                       {.place =
                            [&](pdata::node_index leaf) {
                              return forest.is_agreed_leaf(leaf)
                                         ? agreed_locations.at(leaf)
                                         : forest.graph().node(leaf).location;
                            },
                        .read = [&](auto leaf) { return plan.entries_of(leaf, source_); }});
  std::vector<metadata_block> old_roots;
  for (const auto& device : plan.devices) old_roots.push_back(device.root);
  trees.prepare(old_roots);
  for (const auto root : old_roots) roots_.push_back(trees.write(root));
  out.finish();
}

status plan_device::read(metadata_block first, std::span<std::byte> to) {
  const auto count = to.size() / block_size;
  if (first > nr_blocks() || count > nr_blocks() - first) return status(EIO);
  const std::size_t nr_from_source =
      first < begin_agreed_ ? pdata::to_size(std::min<std::uint64_t>(count, begin_agreed_ - first))
                            : 0;
  if (nr_from_source != 0) {
    const auto outcome = source_.read(first, to.first(nr_from_source * block_size));
    if (!outcome.ok()) return outcome;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto block = to.subspan(i * block_size, block_size);
    if (i < nr_from_source)
      drop_impossible(first + i, block);
    else if (first + i < begin_)
      put_agreed(first + i, block);
    else
      std::ranges::copy(nodes_[pdata::to_size(first + i - begin_)].bytes, block.begin());
  }
  return pdata::success;
}

status plan_device::write(metadata_block first, std::span<const std::byte> from) {
  for (std::size_t at = 0; at < from.size(); at += block_size, ++first) {
    REQUIRE(first == nr_blocks());
    std::ranges::copy(from.subspan(at, block_size), nodes_.emplace_back().bytes.begin());
  }
  return pdata::success;
}

void plan_device::put_agreed(metadata_block location, std::span<std::byte> block) const {
  const auto possible = [this](std::uint64_t value) { return leaves_.possible(value); };
  put_leaf(put_together(source_, agreed_[pdata::to_size(location - begin_agreed_)], possible),
           location, block);
}

void plan_device::drop_impossible(metadata_block location, std::span<std::byte> block) const {
  if (leaves_.nr_impossible(location) == 0) return;
  const auto outcome = pdata::node_view::parse(pdata::block_view(block.data(), block_size));
  const auto* leaf = std::get_if<pdata::node_view>(&outcome);
  if (leaf == nullptr) return;  // its reader will see that
  put_leaf(leaves_.possible_entries(*leaf), location, block);
}

namespace {

// The trees of a plan are whole: only reading can fail.
struct failure_sink : pdata::damage_sink {
  void found(const pdata::damage& finding) override {
    throw pdata::error("Couldn't read again what was found: " + pdata::describe(finding));
  }
};

void stream_devices_of(const repair_plan& plan, const plan_device& trees,
                       pdata::batch_reader& reader, const pdata::stream_options& options,
                       pdata::metadata_sink& to) {
  const auto devices = streamed_devices(plan, trees, options);
  failure_sink failure;
  to.begin_superblock(plan.superblock);
  // Damage is thrown, and with it whatever is not whole.
  if (!pdata::stream_devices(reader, trees.nr_blocks(), devices, options, to, failure))
    throw pdata::error("the trees that were recovered cannot be read to their end");
  to.end_superblock();
}

}  // namespace

std::vector<pdata::streamed_device> streamed_devices(const repair_plan& plan,
                                                     const plan_device& trees,
                                                     const pdata::stream_options& options) {
  std::vector<pdata::streamed_device> devices;
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const auto& device = plan.devices[i];
    if (options.devices && !options.devices->contains(device.id)) continue;
    devices.push_back({device.id, device.details, trees.roots()[i]});
  }
  return devices;
}

void stream_plan(const repair_plan& plan, const plan_device& trees, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to) {
  if (options.skip_mappings) {
    stream_devices_of(plan, trees, reader, options, to);
    return;
  }
  pdata::stream_validator proof(to);
  stream_devices_of(plan, trees, reader, options, proof);
  proof.expect_complete();
}

}  // namespace thin_tools
