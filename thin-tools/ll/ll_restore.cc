#include "thin-tools/ll/ll_restore.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/stream/mapping_runs.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/files/output_device.h"
#include "thin-tools/ll/mapping_nodes.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

std::vector<metadata_block> all_nodes(const ll_plan& plan) {
  std::vector<metadata_block> all;
  for (const auto& [device, nodes] : plan.devices)
    all.insert(all.end(), nodes.begin(), nodes.end());
  return all;
}

class ll_builder {
 public:
  ll_builder(opened_pool& source, const ll_plan& plan, const warning_listener& warn)
      : source_(source),
        plan_(plan),
        warn_(warn),
        nodes_(source.reader, source.layout.nr_metadata_blocks, all_nodes(plan)) {}

  void stream(const pdata::details_table& details, pdata::metadata_sink& to) {
    auto header = pdata::describe_superblock(source_.layout.chosen());
    header.nr_data_blocks = source_.layout.active.data_space_map.nr_blocks;
    header.flags = 0;
    // A mapping from the future would pass for one that no snapshot shares, and a device's
    // next snapshot would get a time that has been.
    header.time = std::max(header.time, nodes_.latest_time());
    for (const auto& [device, known] : details.devices)
      if (plan_.devices.contains(device))
        header.time = std::max({header.time, known.creation_time, known.snapshotted_time});
    to.begin_superblock(header);
    for (const auto& [device, listed] : plan_.devices) {
      const auto ordered = in_key_order(device, listed);
      to.begin_device(device, details_of(device, details, ordered, header.time));
      stream_mappings(device, ordered, to);
      to.end_device();
    }
    to.end_superblock();
  }

 private:
  // Proves the nodes of a device, and leaves out those that hold nothing.
  std::vector<metadata_block> in_key_order(pdata::device_id device,
                                           const std::vector<metadata_block>& listed) {
    std::vector<metadata_block> ordered;
    for (const auto node : listed) {
      if (!nodes_.is_whole(node))
        throw pdata::error(
            fmt::format("device {}: block {} is no node of mappings that is whole to its last leaf",
                        device, node));
      if (nodes_.keys(node)) ordered.push_back(node);
    }
    std::ranges::sort(ordered, {}, [&](metadata_block node) { return nodes_.keys(node)->first; });
    for (std::size_t i = 1; i < ordered.size(); ++i) {
      const auto before = *nodes_.keys(ordered[i - 1]);
      const auto after = *nodes_.keys(ordered[i]);
      if (after.first <= before.last)
        throw pdata::error(fmt::format(
            "device {}: nodes {} and {} overlap: virtual blocks {} to {} and {} to {}", device,
            ordered[i - 1], ordered[i], before.first, before.last, after.first, after.last));
    }
    return ordered;
  }

  pdata::device_details details_of(pdata::device_id device, const pdata::details_table& known,
                                   const std::vector<metadata_block>& nodes, std::uint32_t now) {
    pdata::device_details details;
    const auto found = known.devices.find(device);
    if (found != known.devices.end()) {
      details = found->second;
    } else {
      warn_(fmt::format("device {} has no details: it gets new ones", device));
      // As if it had just been snapshotted: what it shares is never written in place.
      details.transaction_id = source_.layout.chosen().transaction_id;
      details.snapshotted_time = now;
    }
    details.mapped_blocks = std::accumulate(
        nodes.begin(), nodes.end(), std::uint64_t{0},
        [&](std::uint64_t sum, metadata_block node) { return sum + nodes_.nr_mappings(node); });
    return details;
  }

  void stream_mappings(pdata::device_id device, const std::vector<metadata_block>& nodes,
                       pdata::metadata_sink& to) {
    auto joiner =
        pdata::join_runs<pdata::mapping_run>([&](const pdata::mapping_run& run) { to.run(run); });
    std::optional<pdata::leaf_walk> walk;
    std::size_t next_node = 0;
    const auto next_leaf = [&]() -> std::optional<pdata::leaf_step> {
      for (;;) {
        if (walk)
          if (auto step = walk->next()) return step;
        if (next_node == nodes.size()) return std::nullopt;
        walk.emplace(nodes_.graph(), nodes_.judge(), nodes[next_node++], pdata::key_range{});
      }
    };
    const auto visit = [&](const pdata::leaf_step& step, const pdata::leaf_digest* digest) {
      // It could be read before.
      if (digest == nullptr)
        throw pdata::error(
            fmt::format("device {}: block {} cannot be read any more", device, step.location));
      static_cast<const pdata::mapping_digest*>(digest)->send(joiner, to);
      return true;
    };
    pdata::leaf_stream leaves(source_.reader, pdata::mapping_tree_shape,
                              [&to](pdata::block_view, const pdata::node_view& leaf) {
                                return std::make_unique<pdata::mapping_digest>(leaf, to);
                              });
    if (!leaves.run(next_leaf, visit))
      throw pdata::error(fmt::format("device {}: its nodes cannot be read to their end", device));
    joiner.finish();
  }

  opened_pool& source_;
  const ll_plan& plan_;
  const warning_listener& warn_;
  mapping_nodes nodes_;
};

// The source by the superblock that the plan was made from.
pdata::layout_options trees_of(const ll_plan& plan) {
  return {.from_snapshot = plan.superblock != pdata::superblock_location,
          .snapshot_location = plan.superblock,
          .mapping_root = plan.mapping_root,
          .details_root = plan.details_root};
}

}  // namespace

void ll_restore(const ll_restore_options& options, const warning_listener& warn) {
  const auto source_pass = admit(metadata_request(options.source));
  const auto plan_pass = admit({"list of nodes", options.plan, use::read});
  new_metadata output(admit(output_device_request(options.output)));
  const auto plan = read_ll_plan(plan_pass, warn);
  auto trees = trees_of(plan);
  if (!trees.from_snapshot) trees.snapshot_location.reset();
  damage_printer findings(trees.view(), messages::grouped);
  opened_pool source(source_pass, trees, findings);
  const auto details = pdata::read_details(source.reader, source.layout, findings);

  pdata::stream_spool spool;
  pdata::stream_validator proof(spool);
  ll_builder(source, plan, warn).stream(details, proof);
  // Devices share what they shared in the source.
  if (write_pool(spool, output, plan_pool(spool, output.device(), sharing::found)) ||
      source.layout.chosen().needs_check())
    warn(needs_check_remark);
}

}  // namespace thin_tools
