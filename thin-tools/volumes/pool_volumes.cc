#include "thin-tools/volumes/pool_volumes.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/survey/device_names.h"
#include "thin-tools/volumes/pool_trees.h"

namespace thin_tools {

using pdata::device_id;
using pdata::error;

namespace {

constexpr const char* advice = "; a repair made in memory may serve what is left (--repair)";

constexpr auto id_of = [](const volume_tree& tree) { return tree.from.id; };

// Why a part is lost; which one it is of which device is told where it is used.
std::string reason_of(pdata::damage finding) {
  finding.lost.reset();
  finding.device.reset();
  return pdata::describe(finding);
}

using map_visitor = std::function<void(device_id, volume_map&&)>;

// Makes the map of one device after the other out of a stream and of what damages it.
class map_maker : public pdata::metadata_sink, public pdata::damage_sink {
 public:
  map_maker(const pool_volumes::trees& trees, const map_visitor& visit)
      : trees_(trees), visit_(visit) {}

  void begin_superblock(const pdata::stream_superblock&) override {}
  void end_superblock() override {}
  void begin_def(const std::string&) override {}
  void end_def() override {}
  void ref(const std::string&) override {}
  void begin_device(device_id device, const pdata::device_details&) override {
    tree_ = &*std::ranges::find(trees_.volumes, device, id_of);
    map_.emplace(trees_.nr_data_blocks);
    map_->expect(tree_->expected);
    for (const auto& part : tree_->lost) map_->lose(part);
    if (tree_->lost_anywhere) map_->lose_anywhere();
  }
  void run(const pdata::mapping_run& mappings) override { map_->add(mappings); }
  void end_device() override {
    auto map = map_->finish();
    map_.reset();
    if (trees_.refuses) expect_whole(map);
    visit_(tree_->from.id, std::move(map));
  }

  void found(const pdata::damage& finding) override {
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) return;
    // What a repair put together can be read, or the device changed since.
    if (trees_.refuses || trees_.repaired)
      throw error(fmt::format("'{}': {}{}", trees_.name, pdata::describe(finding),
                              trees_.refuses ? advice : ""));
    if (map_) map_->lose({finding.lost.value_or(pdata::key_range{}), reason_of(finding)});
  }

 private:
  void expect_whole(const volume_map& map) const {
    const auto id = tree_->from.id;
    if (!map.lost_parts().empty())
      throw error(fmt::format("'{}': device {}: virtual block {}: {}{}", trees_.name, id,
                              map.lost_parts().front().blocks.begin,
                              map.lost_parts().front().reason, advice));
    if (map.expected() && *map.expected() != map.extent().mapped_blocks)
      throw error(fmt::format("'{}': device {} has {} mappings, its details count {}{}",
                              trees_.name, id, map.extent().mapped_blocks, *map.expected(),
                              advice));
  }

  const pool_volumes::trees& trees_;
  const map_visitor& visit_;
  const volume_tree* tree_ = nullptr;
  std::optional<volume_map_builder> map_;
};

std::string range_text(const pdata::key_range& range) {
  if (range.begin == 0 && !range.end) return "all virtual blocks";
  if (!range.end) return fmt::format("virtual blocks from {} on", range.begin);
  if (*range.end == range.begin + 1) return fmt::format("virtual block {}", range.begin);
  return fmt::format("virtual blocks {} to {}", range.begin, *range.end - 1);
}

}  // namespace

pool_volumes::pool_volumes(const pool_request& wanted)
    : trees_(wanted.damaged == damage_handling::repair && !wanted.from_snapshot
                 ? open_repaired(wanted)
                 : open_trees(wanted)) {}
pool_volumes::~pool_volumes() = default;

std::uint64_t pool_volumes::block_bytes() const {
  return std::uint64_t{trees_->superblock.data_block_size} * pdata::sector_bytes;
}
const pdata::stream_superblock& pool_volumes::superblock() const { return trees_->superblock; }
std::optional<std::uint64_t> pool_volumes::nr_data_blocks() const {
  return trees_->nr_data_blocks_known ? std::optional(trees_->nr_data_blocks) : std::nullopt;
}
const std::vector<lost_volume>& pool_volumes::lost() const { return trees_->lost; }
const std::string& pool_volumes::remarks() const { return trees_->remarks; }

std::string pool_volumes::remarks(device_id device) const {
  const auto found = std::ranges::find(trees_->volumes, device, id_of);
  return found == trees_->volumes.end() ? "" : found->remarks;
}

std::map<device_id, pdata::device_details> pool_volumes::devices() const {
  std::map<device_id, pdata::device_details> known;
  for (const auto& tree : trees_->volumes) known.emplace(tree.from.id, tree.from.details);
  return known;
}

void pool_volumes::read_maps(const std::set<device_id>& devices, const map_visitor& visit) {
  std::vector<pdata::streamed_device> wanted;
  for (const auto& tree : trees_->volumes)
    if (devices.contains(tree.from.id)) wanted.push_back(tree.from);
  map_maker maker(*trees_, visit);
  if (!pdata::stream_devices(trees_->reader(), trees_->nr_blocks, wanted, {.salvage = true}, maker,
                             maker, trees_->view))
    throw error(fmt::format("'{}': the trees cannot be read to their end", trees_->name));
}

volume_map pool_volumes::read(device_id device) {
  const auto known = devices();
  if (!known.contains(device)) {
    const auto lost = std::ranges::find(trees_->lost, device, &lost_volume::device);
    if (lost != trees_->lost.end())
      throw error(fmt::format("'{}': device {} is lost: {}", trees_->name, device, lost->reason));
    throw error(fmt::format("'{}': {}", trees_->name, pdata::no_such_device(device, known)));
  }
  std::optional<volume_map> read;
  read_maps({device}, [&](device_id, volume_map&& map) { read.emplace(std::move(map)); });
  return std::move(*read);
}

void pool_volumes::read_all(const std::function<void(device_id, const volume_map&)>& visit) {
  std::set<device_id> all;
  for (const auto& [device, details] : devices()) all.insert(device);
  read_maps(all, [&](device_id device, volume_map&& map) { visit(device, map); });
}

volume_grade pool_volumes::grade(const volume_map& map) const {
  if (!map.whole() || map.nr_missing() != 0) return volume_grade::damaged;
  const bool counted = map.expected() == map.extent().mapped_blocks;
  const bool proven = counted && (!trees_->repaired || trees_->proven);
  return proven ? volume_grade::whole : volume_grade::unproven;
}

std::string describe_losses(device_id device, const volume_map& map, const std::string& reads_as) {
  constexpr std::size_t named_max = 10;
  std::string text;
  const auto& parts = map.lost_parts();
  for (std::size_t i = 0; i < std::min(parts.size(), named_max); ++i)
    text += fmt::format("device {}: what was mapped in {} is lost and {}: {}\n", device,
                        range_text(parts[i].blocks), reads_as, parts[i].reason);
  if (map.nr_lost_parts() > named_max)
    text += fmt::format("device {}: {} more parts are lost, {} in all\n", device,
                        map.nr_lost_parts() - named_max, map.nr_lost_parts());
  if (map.lost_anywhere())
    text += fmt::format(
        "device {}: {}mappings are missing, and where they were is not known: everything that is "
        "not mapped {}\n",
        device, map.nr_missing() != 0 ? fmt::format("{} ", map.nr_missing()) : "", reads_as);
  else if (map.nr_missing() != 0)
    text += fmt::format("device {}: {} of {} mappings are missing\n", device, map.nr_missing(),
                        *map.expected());
  return text;
}

}  // namespace thin_tools
