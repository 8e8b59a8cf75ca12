#include "thin-tools/check/result_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/tree_graph.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/node_editor.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/new_superblock.h"
#include "thin-tools/check/device_trees.h"
#include "thin-tools/check/finding_list.h"

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

bool is_fatal(const damage& finding) {
  return catalogue_row(finding.id).severity == severity::fatal;
}

// Times are wrong, and nothing else that matters.
bool only_times_are_wrong(const check_report& report) {
  return report.nr_fatal != 0 && report.nr_unlisted == 0 &&
         std::ranges::all_of(report.findings, [](const damage& finding) {
           return is_about_times(finding) || !is_fatal(finding);
         });
}

using raised_times = std::map<device_id, raised_time>;

// The times of one turn, by what a check says is needed.
class safer_times {
 public:
  safer_times(const safe_times& needed, std::uint32_t pool_time, int turn)
      : needed_(needed),
        all_alike_(turn >= exact_turns),
        pool_time_(std::max(pool_time, needed.newest_mapping)) {
    for (const auto& [id, time] : needed.snapshot_times) highest_ = std::max(highest_, time);
  }

  // False: no time is high enough for the format.
  bool fit() const { return highest_ <= mapping_time_max && pool_time_ <= mapping_time_max; }
  // True if the details were changed.
  bool raise(device_id id, device_details& details, raised_times& raised) {
    const auto wanted = std::max(details.snapshotted_time, wanted_for(id));
    pool_time_ = std::max({pool_time_, wanted, details.creation_time});
    if (wanted == details.snapshotted_time) return false;
    raised.try_emplace(id, raised_time{id, details.snapshotted_time, 0}).first->second.to = wanted;
    details.snapshotted_time = wanted;
    return true;
  }
  // When all devices were given theirs.
  std::uint32_t pool_time() const { return pool_time_; }

 private:
  std::uint32_t wanted_for(device_id id) const {
    if (all_alike_) return highest_;
    const auto found = needed_.snapshot_times.find(id);
    return found != needed_.snapshot_times.end() ? found->second : 0;
  }

  const safe_times& needed_;
  bool all_alike_;
  std::uint32_t highest_ = 0;
  std::uint32_t pool_time_;
};

// Changes them on a device.
class time_raiser {
 public:
  time_raiser(block_device& device, const check_report& report, int turn)
      : device_(device), pool_(*report.superblock), times_(report.times_needed, pool_.time, turn) {}

  // False: no time is high enough for the format.
  bool run(raised_times& raised) {
    if (!times_.fit()) return false;
    batch_reader reader(device_, 1);
    const auto nr_blocks =
        std::min<pdata::metadata_block>(device_.nr_blocks(), pool_.metadata_space_map.nr_blocks);
    tree_graph details(reader, details_tree_shape, nr_blocks);
    const leaf_visitor nothing = [](const visited_leaf&) {};
    const auto root = pool_.details_root;
    details.add({&root, 1}, &nothing);
    for (node_index i = 0; i < details.nr_nodes(); ++i)
      if (details.node(i).state == node_state::leaf) change_leaf(details.node(i).location, raised);
    if (!times_.fit()) return false;
    change_superblock();
    return true;
  }

 private:
  void change_leaf(metadata_block location, raised_times& raised);
  void change_superblock();
  void read(metadata_block at, block_span to);
  void write(metadata_block at, block_view from);

  block_device& device_;
  superblock pool_;
  safer_times times_;
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

void time_raiser::change_leaf(metadata_block location, raised_times& raised) {
  const auto block = std::make_unique<block_buffer>();
  read(location, block->span());
  if (!std::holds_alternative<node_view>(node_view::parse(block->view())))
    throw error(fmt::format("block {} is no longer the leaf it was", location));
  node_editor leaf(block->span());
  bool changed = false;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    auto details = device_details::load(leaf.value(i));
    if (!times_.raise(leaf.key(i), details, raised)) continue;
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
  if (times_.pool_time() <= pool_.time) return;
  const auto block = std::make_unique<block_buffer>();
  read(superblock_location, block->span());
  pool_.time = times_.pool_time();
  pool_.store(block->span());
  seal(block->span(), block_kind::superblock, superblock_location);
  write(superblock_location, block->view());
}

// Names the first finding for which thin_check would fail.
[[noreturn]] void refuse(const check_report& report) {
  const auto worst = std::ranges::find_if(report.findings, is_fatal);
  throw error(fmt::format("the result does not pass thin_check: {}", worst == report.findings.end()
                                                                         ? "its counts are wrong"
                                                                         : describe(*worst)));
}

check_report judge_trees(batch_reader& reader, metadata_block nr_metadata_blocks,
                         const stream_superblock& pool, std::span<const streamed_device> devices) {
  check_report report;
  finding_list findings(report);
  std::vector<device_view> views(1);
  auto& view = views.front();
  view.time = pool.time;
  for (const auto& device : devices) {
    view.details.emplace_back(device.id, device.details);
    view.roots.emplace_back(device.id, device.root);
  }
  constexpr auto countable = max_metadata_blocks * entries_per_bitmap;
  device_trees trees(reader, nr_metadata_blocks, std::min(pool.nr_data_blocks, countable));
  trees.take_devices(views);
  trees.read_mappings(views);
  trees.judge(view, findings, report);
  report.times_needed = trees.judge_times(findings);
  trees.report_remarks(findings);
  return report;
}

bool raise_times(const safe_times& needed, int turn, stream_superblock& pool,
                 std::span<streamed_device> devices, raised_times& raised) {
  safer_times times(needed, pool.time, turn);
  if (!times.fit()) return false;
  for (auto& device : devices) times.raise(device.id, device.details, raised);
  pool.time = times.pool_time();
  return times.fit();
}

}  // namespace

std::string time_changes::changes() const {
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
  checked_result done{{}, check(device, name, {})};
  raised_times raised;
  const auto first_time = done.report.superblock ? done.report.superblock->time : 0;
  for (int turn = 0;
       turn < turns_max && done.report.superblock && only_times_are_wrong(done.report); ++turn) {
    if (!time_raiser(device, done.report, turn).run(raised)) break;
    done.report = check(device, name, {});
  }
  if (done.report.nr_fatal != 0) {
    erase_superblock(device);
    refuse(done.report);
  }
  for (const auto& [id, each] : raised) done.raised.push_back(each);
  if (done.report.superblock && done.report.superblock->time > first_time)
    done.raised_pool_time = done.report.superblock->time;
  return done;
}

time_changes check_trees(batch_reader& reader, metadata_block nr_metadata_blocks,
                         stream_superblock& pool, std::span<streamed_device> devices) {
  raised_times raised;
  const auto first_time = pool.time;
  auto report = judge_trees(reader, nr_metadata_blocks, pool, devices);
  for (int turn = 0; turn < turns_max && only_times_are_wrong(report); ++turn) {
    if (!raise_times(report.times_needed, turn, pool, devices, raised)) break;
    report = judge_trees(reader, nr_metadata_blocks, pool, devices);
  }
  if (report.nr_fatal != 0) refuse(report);
  time_changes done;
  for (const auto& [id, each] : raised) done.raised.push_back(each);
  if (pool.time > first_time) done.raised_pool_time = pool.time;
  return done;
}

}  // namespace thin_tools
