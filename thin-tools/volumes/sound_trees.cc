#include <fmt/format.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/volumes/pool_trees.h"

namespace thin_tools {

namespace {

// Damage of what is not of one device: an error, or a remark.
class pool_damage : public pdata::damage_sink {
 public:
  explicit pool_damage(const pool_request& wanted) : wanted_(wanted) {}

  void found(const pdata::damage& finding) override {
    if (finding.in_snapshot != wanted_.from_snapshot) return;
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) return;
    if (wanted_.damaged == damage_handling::refuse)
      throw pdata::error(fmt::format("'{}': {} (run thin_check for details)", wanted_.metadata,
                                     pdata::describe(finding)));
    remarks += pdata::describe(finding) + "\n";
  }

  std::string remarks;

 private:
  const pool_request& wanted_;
};

struct trees_as_they_are : pool_volumes::trees {
  trees_as_they_are(const pool_request& wanted, pool_damage& damage)
      : pool(admit(metadata_request(wanted.metadata)),
             {.from_snapshot = wanted.from_snapshot, .snapshot_location = wanted.snapshot_location},
             damage) {}

  pdata::batch_reader& reader() override { return pool.reader; }

  opened_pool pool;
};

}  // namespace

std::unique_ptr<pool_volumes::trees> open_trees(const pool_request& wanted) {
  pool_damage damage(wanted);
  auto opened = std::make_unique<trees_as_they_are>(wanted, damage);
  const auto& layout = opened->pool.layout;
  opened->name = wanted.metadata;
  opened->superblock = pdata::describe_superblock(layout.chosen());
  // A metadata snapshot has no space map of its own.
  opened->nr_data_blocks =
      layout.sizes_sound ? layout.active.data_space_map.nr_blocks : layout.nr_data_blocks;
  opened->nr_data_blocks_known = layout.sizes_sound;
  opened->nr_blocks = layout.nr_metadata_blocks;
  opened->view = layout.view();
  opened->refuses = wanted.damaged == damage_handling::refuse;
  auto details = pdata::read_details(opened->pool.reader, layout, damage).devices;
  const auto mapped = pdata::read_top_level(opened->pool.reader, layout, damage);
  for (const auto& [id, root] : mapped.roots) {
    const auto found = details.find(id);
    volume_tree tree{.from = {id, {}, root}};
    if (found != details.end()) {
      tree.from.details = found->second;
      tree.expected = found->second.mapped_blocks;
      details.erase(found);
    } else {
      damage.found({.id = pdata::damage_id::device_without_details,
                    .where = pdata::structure::details_tree,
                    .in_snapshot = layout.from_snapshot,
                    .device = id});
    }
    opened->volumes.push_back(std::move(tree));
  }
  for (const auto& [id, about] : details) {
    const pdata::damage finding{.id = pdata::damage_id::device_without_mappings,
                                .where = pdata::structure::top_level_tree,
                                .in_snapshot = layout.from_snapshot,
                                .device = id,
                                .expected = about.mapped_blocks};
    damage.found(finding);
    opened->lost.push_back({id, about.mapped_blocks, pdata::describe(finding)});
  }
  opened->remarks = std::move(damage.remarks);
  return opened;
}

}  // namespace thin_tools
