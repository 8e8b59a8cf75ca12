#include "thin-tools/check/result_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/new_superblock.h"

namespace thin_tools {

using namespace pdata;

namespace {

// A device that shares blocks with one whose time is raised may need it then, too. After so
// many turns all devices get what one of them needs.
constexpr int exact_turns = 3;
constexpr int turns_max = 8;
constexpr std::size_t named_max = 8;

bool is_about_times(const damage& finding) {
  return finding.id == damage_id::shared_block_times || finding.id == damage_id::mapping_times ||
         finding.id == damage_id::device_times;
}

// Times are wrong, and nothing else that matters.
bool only_times_are_wrong(const check_report& report) {
  return report.nr_fatal != 0 && report.nr_unlisted == 0 && report.superblock &&
         std::ranges::all_of(report.findings, [](const damage& finding) {
           return is_about_times(finding) || catalogue_row(finding.id).severity != severity::fatal;
         });
}

class time_raiser {
 public:
  time_raiser(block_device& device, const check_report& report, bool all_alike)
      : device_(device), pool_(*report.superblock), needed_(report.times_needed) {
    for (const auto& [id, time] : needed_.snapshot_times) highest_ = std::max(highest_, time);
    all_alike_ = all_alike;
    pool_time_ = std::max(pool_.time, needed_.newest_mapping);
  }

  // False: no time is high enough for the format.
  bool run(std::map<device_id, raised_time>& raised) {
    if (highest_ > mapping_time_max || pool_time_ > mapping_time_max) return false;
    batch_reader reader(device_, 1);
    const auto nr_blocks = std::min(device_.nr_blocks(), pool_.metadata_space_map.nr_blocks);
    tree_graph details(reader, details_tree_shape, nr_blocks);
    const leaf_visitor nothing = [](const visited_leaf&) {};
    const auto root = pool_.details_root;
    details.add({&root, 1}, &nothing);
    for (node_index i = 0; i < details.nr_nodes(); ++i)
      if (details.node(i).state == node_state::leaf) change_leaf(details.node(i).location, raised);
    if (pool_time_ > mapping_time_max) return false;
    change_superblock();
    return true;
  }

 private:
  void change_leaf(metadata_block location, std::map<device_id, raised_time>& raised);
  void change_superblock();
  void read(metadata_block at, block_span to);
  void write(metadata_block at, block_view from);
  std::uint32_t wanted_for(device_id id) const {
    if (all_alike_) return highest_;
    const auto found = needed_.snapshot_times.find(id);
    return found != needed_.snapshot_times.end() ? found->second : 0;
  }

  block_device& device_;
  superblock pool_;
  const safe_times& needed_;
  std::uint32_t highest_ = 0;
  std::uint32_t pool_time_ = 0;
  bool all_alike_ = false;
};

void time_raiser::read(metadata_block at, block_span to) {
  const auto outcome = device_.read(at, to);
  if (!outcome.ok())
    throw_errno("Couldn't read again block", std::to_string(at), outcome.errno_value());
}

void time_raiser::write(metadata_block at, block_view from) {
  auto outcome = device_.write(at, from);
  if (outcome.ok()) outcome = device_.flush();
  if (!outcome.ok()) throw_errno("Couldn't write block", std::to_string(at), outcome.errno_value());
}

void time_raiser::change_leaf(metadata_block location, std::map<device_id, raised_time>& raised) {
  const auto block = std::make_unique<block_buffer>();
  read(location, block->span());
  if (!std::holds_alternative<node_view>(node_view::parse(block->view())))
    throw error(fmt::format("block {} is no longer the leaf it was", location));
  node_editor leaf(block->span());
  bool changed = false;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    auto details = device_details::load(leaf.value(i));
    const auto id = leaf.key(i);
    const auto wanted = std::max(details.snapshotted_time, wanted_for(id));
    pool_time_ = std::max({pool_time_, wanted, details.creation_time});
    if (wanted == details.snapshotted_time) continue;
    auto& known =
        raised.try_emplace(id, raised_time{id, details.snapshotted_time, 0}).first->second;
    known.to = wanted;
    details.snapshotted_time = wanted;
    std::array<std::byte, device_details::bytes> value;
    details.store(value);
    leaf.set_value(i, value);
    changed = true;
  }
  if (!changed) return;
  seal(block->span(), block_kind::btree_node, location);
  write(location, block->view());
}

void time_raiser::change_superblock() {
  if (pool_time_ <= pool_.time) return;
  const auto block = std::make_unique<block_buffer>();
  read(superblock_location, block->span());
  pool_.time = pool_time_;
  pool_.store(block->span());
  seal(block->span(), block_kind::superblock, superblock_location);
  write(superblock_location, block->view());
}

}  // namespace

std::string checked_result::changes() const {
  std::string text;
  for (std::size_t i = 0; i < raised.size() && i < named_max; ++i)
    text += fmt::format("{}device {} from {} to {}", i == 0 ? "snapshot times raised: " : ", ",
                        raised[i].device, raised[i].from, raised[i].to);
  if (raised.size() > named_max)
    text += fmt::format(" and {} more devices", raised.size() - named_max);
  if (raised_pool_time != 0)
    text +=
        fmt::format("{}the pool's time raised to {}", text.empty() ? "" : ", ", raised_pool_time);
  return text.empty()
             ? text
             : text + "; the kernel would have written into blocks that are mapped more than once";
}

checked_result check_result(block_device& device, const std::string& name) {
  checked_result done{check(device, name, {}), {}, 0};
  std::map<device_id, raised_time> raised;
  const auto first_time = done.report.superblock ? done.report.superblock->time : 0;
  for (int turn = 0; turn < turns_max && only_times_are_wrong(done.report); ++turn) {
    if (!time_raiser(device, done.report, turn >= exact_turns).run(raised)) break;
    done.report = check(device, name, {});
  }
  if (done.report.nr_fatal != 0) {
    erase_superblock(device);
    throw error(fmt::format("the result does not pass thin_check: {}",
                            done.report.findings.empty() ? "its counts are wrong"
                                                         : describe(done.report.findings.front())));
  }
  for (const auto& [id, each] : raised) done.raised.push_back(each);
  if (done.report.superblock && done.report.superblock->time > first_time)
    done.raised_pool_time = done.report.superblock->time;
  return done;
}

}  // namespace thin_tools
