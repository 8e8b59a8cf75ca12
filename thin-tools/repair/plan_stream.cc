#include "thin-tools/repair/plan_stream.h"

#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/pool/mapping_runs.h"

namespace thin_tools {

namespace {

using pdata::metadata_block;

// The leaves of one device in key order, unfolded piece by piece.
class leaf_list {
 public:
  leaf_list(mapping_forest& forest, metadata_block root) : graph_(forest.graph()) {
    forest.visit(root,
                 {[&](const tree_piece& piece) { pieces_.push_back(piece); }, [](const hole&) {}});
  }

  std::optional<pdata::leaf_step> next() {
    if (piece_ == pieces_.size()) return std::nullopt;
    const auto& [index, is_leaf] = pieces_[piece_];
    const auto& node = graph_.node(index);
    if (is_leaf) {
      ++piece_;
      return pdata::leaf_step{.location = node.location};
    }
    const auto leaf = graph_.child(node, slot_);
    if (++slot_ == node.nr_entries) {
      slot_ = 0;
      ++piece_;
    }
    return pdata::leaf_step{.location = leaf};
  }

 private:
  const pdata::tree_graph& graph_;
  std::vector<tree_piece> pieces_;
  std::size_t piece_ = 0;
  std::uint32_t slot_ = 0;
};

std::unique_ptr<pdata::leaf_digest> digest_of(const leaf_census& leaves,
                                              const pdata::node_view& leaf,
                                              const pdata::metadata_sink& to) {
  const auto possible = [&](std::uint32_t i) { return leaves.possible(leaf.value_u64(i)); };
  std::uint32_t nr_possible = 0;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) nr_possible += possible(i);
  if (nr_possible == leaf.nr_entries()) return std::make_unique<pdata::mapping_digest>(leaf, to);
  // A copy without the mappings that cannot be true.
  const auto block = std::make_unique<pdata::block_buffer>();
  auto copy = pdata::node_editor::format(block->span(), true, leaf.value_size(),
                                         pdata::max_node_entries(leaf.value_size()));
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i)
    if (possible(i)) copy.insert_at(copy.nr_entries(), leaf.key(i), leaf.value(i));
  const auto outcome = pdata::node_view::parse(block->view());
  return std::make_unique<pdata::mapping_digest>(std::get<pdata::node_view>(outcome), to);
}

void stream_device(repair_plan& plan, pdata::batch_reader& reader, metadata_block root,
                   pdata::metadata_sink& to) {
  leaf_list leaves(*plan.forest, root);
  pdata::leaf_stream stream(reader, pdata::mapping_tree_shape,
                            [&](pdata::block_view, const pdata::node_view& leaf) {
                              return digest_of(*plan.leaves, leaf, to);
                            });
  pdata::run_joiner joiner([&](const pdata::mapping_run& run) { to.run(run); });
  stream.run([&] { return leaves.next(); },
             [&](const pdata::leaf_step& step, const pdata::leaf_digest* digest) {
               if (digest == nullptr)
                 throw pdata::error("Couldn't read again block " + std::to_string(step.location));
               static_cast<const pdata::mapping_digest*>(digest)->send(joiner, to);
               return true;
             });
  joiner.finish();
}

}  // namespace

void stream_plan(repair_plan& plan, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to) {
  to.begin_superblock(plan.superblock);
  for (const auto& device : plan.devices) {
    if (options.devices && !options.devices->contains(device.id)) continue;
    to.begin_device(device.id, device.details);
    if (!options.skip_mappings) stream_device(plan, reader, device.root, to);
    to.end_device();
  }
  to.end_superblock();
}

}  // namespace thin_tools
