#include "thin-tools/check/check.h"

#include <algorithm>
#include <memory>
#include <set>

#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/checksum_correction.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/space-map/count_repair.h"
#include "thin-tools/check/device_trees.h"
#include "thin-tools/check/finding_list.h"

namespace thin_tools {

using namespace pdata;

namespace {

class checker {
 public:
  checker(block_device& device, const std::string& name, const check_options& options)
      : device_(device, options.progress),
        name_(name),
        options_(options),
        reader_(device_, options.workers),
        findings_(report_) {}

  check_report run() {
    if (!examine_superblocks()) {
      count_correctable();
      return report_;
    }
    if (options_.depth != check_depth::superblock) {
      examine_trees();
      if (counts_wanted()) examine_counts();
    }
    if (may_write() && report_.needs_check()) {
      layout_.active.flags &= ~flag_needs_check;
      write_superblock();
      report_.flag_cleared = true;
    }
    report_fullness();
    count_correctable();
    return report_;
  }

 private:
  bool examine_superblocks();
  void list_unchecked();
  void examine_trees();
  bool counts_wanted() const;
  void examine_counts();
  bool may_write() const;
  void repair_counts(const compared_map& metadata, const compared_map& data);
  repaired_roots write_counts(const compared_map& metadata, const compared_map& data);
  void write_superblock();
  void report_fullness();
  void count_correctable();
  void report_differences(space_map_kind kind, const count_differences& differences);
  void enter_phase(const char* phase) {
    if (options_.progress != nullptr) options_.progress->phase = phase;
  }

  counting_device device_;
  const std::string& name_;
  const check_options& options_;
  batch_reader reader_;
  check_report report_;
  finding_list findings_;
  pool_layout layout_;
  std::unique_ptr<device_trees> trees_;
};

// Keeps the verdict on the device's size apart: it decides whether there is
// anything to check.
struct size_sink : damage_sink {
  explicit size_sink(damage_sink& to) : next(to) {}
  void found(const damage& finding) override {
    if (finding.id == damage_id::metadata_truncated)
      truncated = describe(finding);
    else
      next.found(finding);
  }
  damage_sink& next;
  std::optional<std::string> truncated;
};

// False if nothing else can be checked.
bool checker::examine_superblocks() {
  enter_phase("superblock");
  list_unchecked();
  const auto first_block = std::make_unique<block_buffer>();
  read_first_block(device_, name_, first_block->span());
  if (is_foreign(first_block->view())) throw_not_metadata(device_, name_);
  size_sink sizes(findings_);
  const auto layout = examine_layout(device_, first_block->view(), sizes);
  if (!layout) return false;
  layout_ = *layout;
  report_.superblock = layout_.active;
  report_.transaction_id = layout_.active.transaction_id;
  const auto& map = layout_.active.metadata_space_map;
  report_.metadata_free_blocks = map.nr_blocks - std::min(map.nr_allocated, map.nr_blocks);
  report_.metadata_blocks = map.nr_blocks;
  report_.metadata_reserve = metadata_reserve(map.nr_blocks);
  if (options_.progress != nullptr) options_.progress->blocks_expected = map.nr_allocated;
  if (options_.depth == check_depth::superblock) return true;

  if (sizes.truncated) throw error("'" + name_ + "': " + *sizes.truncated);
  const bool from_snapshot = options_.trees.from_snapshot;
  if (from_snapshot && layout_.snapshot_location == 0)
    throw error("'" + name_ + "': no current metadata snap: No metadata snapshot found.");
  if (!from_snapshot) {
    choose_trees(layout_, options_.trees);
    return true;  // the snapshot is read after the active metadata
  }
  examine_snapshot(device_, layout_, findings_);
  if (!layout_.snapshot) return false;
  choose_trees(layout_, options_.trees);
  report_.transaction_id = layout_.snapshot->transaction_id;
  return true;
}

void checker::list_unchecked() {
  auto& parts = report_.not_checked;
  const auto& trees = options_.trees;
  report_.of_snapshot = trees.from_snapshot;
  if (options_.depth == check_depth::superblock) parts.push_back("device trees");
  if (trees.from_snapshot)
    parts.push_back("the active metadata's trees");
  else if (trees.mapping_root || trees.details_root)
    parts.push_back("the superblock's own trees");
  if (options_.depth != check_depth::everything) parts.push_back("mapping trees");
  if (options_.depth != check_depth::everything || trees.from_snapshot || trees.mapping_root ||
      trees.details_root)
    parts.push_back("reference counts");
}

void checker::examine_trees() {
  enter_phase("devices");
  std::vector<device_view> views;
  const auto add_view = [&](const superblock& sb, which_metadata of, metadata_block details_root,
                            metadata_block mapping_root) {
    views.push_back(
        {.of = of, .time = sb.time, .details_root = details_root, .mapping_root = mapping_root});
  };
  add_view(layout_.chosen(), layout_.view(), layout_.details_root, layout_.mapping_root);

  // Findings about the snapshot come after those about the active metadata.
  check_report snapshot_report;
  finding_list snapshot_findings(snapshot_report);
  if (!layout_.from_snapshot) {
    examine_snapshot(device_, layout_, snapshot_findings);
    if (layout_.snapshot)
      add_view(*layout_.snapshot, which_metadata::snapshot, layout_.snapshot->details_root,
               layout_.snapshot->mapping_root);
  }
  trees_ =
      std::make_unique<device_trees>(reader_, layout_.nr_metadata_blocks, layout_.nr_data_blocks);
  trees_->read_devices(views);
  if (options_.depth == check_depth::everything) {
    enter_phase("mappings");
    trees_->read_mappings(views);
    report_.mappings_checked = true;
  }
  trees_->judge(views.front(), findings_, report_);
  report_.times_needed = trees_->judge_times(findings_);
  for (const auto& finding : snapshot_report.findings) findings_.found(finding);
  if (views.size() > 1) trees_->judge(views.back(), findings_, report_);
  trees_->report_remarks(findings_);
}

// Only of the active metadata as it is can be said what its counts must be.
bool checker::counts_wanted() const {
  return options_.depth == check_depth::everything && !layout_.from_snapshot &&
         !layout_.overridden && layout_.sizes_sound;
}

void checker::examine_counts() {
  enter_phase("space maps");
  const bool snapshot_known = layout_.snapshot_location == 0 || layout_.snapshot;
  bool complete = trees_->complete() && snapshot_known;
  ref_counts metadata_counts(layout_.nr_metadata_blocks);
  metadata_counts.increment(superblock_location);
  if (layout_.snapshot_location != 0 && layout_.snapshot_location < layout_.nr_metadata_blocks)
    metadata_counts.increment(layout_.snapshot_location);
  trees_->count_nodes(metadata_counts);

  const auto& sb = layout_.active;
  const auto nr_described =
      std::min<pdata::metadata_block>(sb.metadata_space_map.nr_blocks, layout_.nr_metadata_blocks);
  space_map_reader metadata_map(reader_, space_map_kind::metadata, sb.metadata_space_map,
                                nr_described, layout_.nr_metadata_blocks);
  space_map_reader data_map(reader_, space_map_kind::data, sb.data_space_map,
                            layout_.nr_data_blocks, layout_.nr_metadata_blocks);
  const auto fatal_before = report_.nr_fatal;
  metadata_map.open(metadata_counts, findings_);
  data_map.open(metadata_counts, findings_);
  complete = complete && report_.nr_fatal == fatal_before;

  count_differences metadata_differences;
  count_differences data_differences;
  const auto metadata_verdict =
      metadata_map.compare(metadata_counts, metadata_differences, findings_);
  const auto data_verdict = data_map.compare(trees_->data_counts(), data_differences, findings_);
  report_.counts_checked = true;
  if (metadata_verdict.complete)
    report_.metadata_free_blocks = nr_described - metadata_verdict.nr_allocated;
  report_.undercounted_metadata_blocks = metadata_differences.blocks_too_low();
  report_.undercounted_data_blocks = data_differences.blocks_too_low();
  // While references are missing a count above them proves nothing.
  if (complete) {
    report_.leaked_metadata_blocks = metadata_differences.blocks_too_high();
    report_.leaked_data_blocks = data_differences.blocks_too_high();
  }
  report_differences(space_map_kind::metadata, metadata_differences);
  report_differences(space_map_kind::data, data_differences);
  if (may_write() && report_.nr_leaks != 0)
    repair_counts({metadata_map, metadata_counts, metadata_verdict},
                  {data_map, trees_->data_counts(), data_verdict});
}

// With fatal damage nothing is known well enough to be changed.
bool checker::may_write() const {
  return options_.repair == repair_scope::leaks_and_flag && report_.nr_fatal == 0;
}

repaired_roots checker::write_counts(const compared_map& metadata, const compared_map& data) {
  try {
    return count_repair(device_, metadata, data).write();
  } catch (const error& e) {
    throw error(std::string(e.what()) + "; the counts of '" + name_ + "' are as they were");
  }
}

// The new maps come into force with the superblock, together with the cleared
// flag: after a crash there are either the old ones or the new ones.
void checker::repair_counts(const compared_map& metadata, const compared_map& data) {
  enter_phase("repair");
  const auto roots = write_counts(metadata, data);
  layout_.active.metadata_space_map = roots.metadata;
  layout_.active.data_space_map = roots.data;
  report_.flag_cleared = report_.needs_check();
  layout_.active.flags &= ~flag_needs_check;
  write_superblock();
  report_.counts_repaired = true;
  report_.metadata_free_blocks = roots.metadata.nr_blocks - roots.metadata.nr_allocated;
}

// All bytes but those of the fields stay as they are.
void checker::write_superblock() {
  const auto block = std::make_unique<block_buffer>();
  read_first_block(device_, name_, block->span());
  layout_.active.store(block->span());
  seal(block->span(), block_kind::superblock, superblock_location);
  auto outcome = device_.write(superblock_location, block->view());
  if (outcome.ok()) outcome = device_.flush();
  if (!outcome.ok())
    throw error("Couldn't write the superblock of '" + name_ +
                "': " + errno_text(outcome.errno_value()) +
                "; it may be the old one or the new one: check it again");
}

// The kernel serves nothing from the reserve: what is free beside it is what it has.
void checker::report_fullness() {
  if (!report_.metadata_full()) return;
  findings_.found({.id = damage_id::metadata_full,
                   .where = structure::metadata_bitmap,
                   .expected = report_.metadata_reserve,
                   .actual = report_.metadata_free_blocks});
}

// Of the blocks with bad checksums those that thin_repair puts right.
void checker::count_correctable() {
  std::set<metadata_block> bad;
  for (const auto& finding : report_.findings)
    if (finding.id == damage_id::block_checksum || finding.id == damage_id::superblock_checksum)
      bad.insert(finding.location.value_or(superblock_location));
  const auto block = std::make_unique<block_buffer>();
  const auto nr_blocks = std::min(device_.nr_blocks(), max_metadata_blocks);
  for (const auto location : bad)
    report_.correctable_blocks += location < nr_blocks &&
                                  device_.read(location, block->span()).ok() &&
                                  find_correction(block->view(), location, nr_blocks).has_value();
}

void checker::report_differences(space_map_kind kind, const count_differences& differences) {
  const bool metadata = kind == space_map_kind::metadata;
  const auto leaked = metadata ? report_.leaked_metadata_blocks : report_.leaked_data_blocks;
  for (const auto& run : differences.runs()) {
    if (run.too_high() && leaked == 0) continue;
    findings_.found({.id = run.too_high() ? damage_id::count_too_high : damage_id::count_too_low,
                     .where = metadata ? structure::metadata_bitmap : structure::data_bitmap,
                     .blocks = key_range{run.begin, run.end},
                     .expected = run.counted,
                     .actual = run.stored});
  }
}

}  // namespace

verdict check_report::outcome() const {
  if (nr_fatal != 0) return verdict::damaged;
  if (nr_leaks != 0 && !counts_repaired) return verdict::leaks;
  return nr_tolerable != 0 ? verdict::tolerable : verdict::healthy;
}

check_report check(block_device& device, const std::string& name, const check_options& options) {
  return checker(device, name, options).run();
}

}  // namespace thin_tools
