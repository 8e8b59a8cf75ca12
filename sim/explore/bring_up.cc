// Brings a pool up after a loss of power, as an administrator and the kernel do:
// check the metadata, activate, read every device everywhere, and use it once
// more. Rules of what may fail: a pool that needs a check is read-only, one
// without space queues or fails writes.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/survey/pool_layout.h"
#include "persistent-data/survey/small_trees.h"
#include "sim/explore/crashed_disks.h"
#include "sim/explore/survivor.h"
#include "sim/explore/used_blocks.h"
#include "sim/thin/machine.h"
#include "thin-tools/check/check.h"
#include "thin-tools/console/command_line.h"

namespace sim::explore {

using pdata::device_id;

namespace {

constexpr std::uint64_t new_seed = 0x4e574e574e574e57U;  // of what is written after the crash
constexpr sector small_write = 8;

bool is_zeroed(const chosen_metadata& metadata) {
  return metadata.at(0)->hash == zero_block()->hash;
}

using thin_tools::check_report;

struct judged_metadata {
  bool is_sound = false;
  bool has_few_counts = false;  // some count is too low, and nothing else is wrong
  std::string detail;
  check_report report;
};

judged_metadata judge_metadata(pdata::block_device& device) {
  judged_metadata judged;
  try {
    judged.report = thin_tools::check(device, "metadata", {.workers = 1});
  } catch (const pdata::error& e) {
    judged.detail = e.what();
    return judged;
  }
  const auto& r = judged.report;
  judged.is_sound = r.outcome() != thin_tools::verdict::damaged;
  if (judged.is_sound) return judged;
  const auto too_low = r.undercounted_metadata_blocks + r.undercounted_data_blocks;
  for (const auto& finding : r.findings) {
    if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) continue;
    judged.detail = pdata::describe(finding);
    break;
  }
  judged.has_few_counts = too_low != 0;
  return judged;
}

// The metadata disk of the machine as the checker reads it.
class live_metadata : public pdata::block_device {
 public:
  explicit live_metadata(metadata_overlay& below) : below_(below) {}
  metadata_block nr_blocks() const override { return below_.size() / pdata::block_sectors; }
  pdata::status read(metadata_block first, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    return below_.read(first * pdata::block_sectors, to.size() / sector_bytes, 0,
                       [&](sector offset, sector count, const content& what) {
                         what.copy_to(to.subspan(pdata::to_size(offset * sector_bytes),
                                                 pdata::to_size(count * sector_bytes)));
                       });
  }
  pdata::status write(metadata_block, std::span<const std::byte>) override {
    return pdata::status(EPERM);
  }
  pdata::status flush() override { return pdata::status(EPERM); }

 private:
  metadata_overlay& below_;
  std::mutex mutex_;
};

// The machine after the crash.
class restarted_pool {
 public:
  restarted_pool(read_log& log, const pool_geometry& geometry, survivor& found)
      : geometry_(geometry), found_(found), machine_(settings_of(geometry)) {
    auto metadata = std::make_unique<metadata_overlay>(log, geometry.metadata_blocks);
    metadata_ = metadata.get();
    machine_.add_disk("/dev/meta", std::move(metadata)).disable_write_cache();
    auto data = std::make_unique<labelled_disk>(geometry.data_blocks * geometry.block_sectors);
    data_ = data.get();
    machine_.add_disk("/dev/data", std::move(data)).disable_write_cache();
  }
  ~restarted_pool() { machine_.power_off(); }

  bool activate(std::span<const device_id> devices);
  void read_all();
  void use(bool needs_check);

 private:
  static pool_settings settings_of(const pool_geometry& geometry) {
    pool_settings settings;
    settings.speaks = geometry.speaks.speaks;
    settings.lacks = geometry.speaks.lacks;
    settings.kernel = geometry.kernel;
    settings.no_space_timeout = one_second;
    return settings;
  }

  void fails(invariant broken, std::string detail) {
    found_.problems.push_back({broken, std::move(detail)});
  }
  bool add_thin(device_id id);
  std::vector<mapped_run> read_device(device_id id, std::string* other);
  bool wants(pdata::status r, std::string_view what, bool may_refuse);
  void compare(device_id id, const std::vector<mapped_run>& before, sector skip_first,
               sector skip_count);

  void measure_space();

  const pool_geometry& geometry_;
  survivor& found_;
  machine machine_;
  metadata_overlay* metadata_ = nullptr;
  labelled_disk* data_ = nullptr;
  bool is_full_ = false;
};

std::string thin_name(device_id id) { return fmt::format("thin{}", id); }

bool restarted_pool::add_thin(device_id id) {
  const table_line line{0, geometry_.device_sectors, "thin",
                        fmt::format("/dev/mapper/pool {}", id)};
  return machine_.create(thin_name(id), std::span(&line, 1)).ok();
}

bool restarted_pool::activate(std::span<const device_id> devices) {
  const table_line line{
      0, geometry_.data_blocks * geometry_.block_sectors, "thin-pool",
      fmt::format("/dev/meta /dev/data {} 0 {}", geometry_.block_sectors, geometry_.features)};
  if (const auto r = machine_.create("pool", std::span(&line, 1)); !r.ok()) {
    fails(invariant::pool_comes_up,
          "the pool cannot be activated: " + pdata::errno_text(r.errno_value()));
    return false;
  }
  for (const auto id : devices)
    if (!add_thin(id)) {
      fails(invariant::pool_comes_up, fmt::format("device {} cannot be activated", id));
      return false;
    }
  return true;
}

// In order, and as few as possible: a device is read in pieces, in any order.
std::vector<mapped_run> joined(std::vector<mapped_run> pieces) {
  if (!std::ranges::is_sorted(pieces, {}, &mapped_run::first))
    std::ranges::sort(pieces, {}, &mapped_run::first);
  std::vector<mapped_run> runs;
  for (const auto& p : pieces) {
    if (!runs.empty() && runs.back().first + runs.back().count == p.first &&
        runs.back().data + runs.back().count == p.data)
      runs.back().count += p.count;
    else
      runs.push_back(p);
  }
  return runs;
}

// Where the device's sectors lie: what the kernel's mappings say at this moment,
// as for a read, and what the data disk holds there. Blocks without a mapping
// read as zeroes. What is neither zero nor a place goes to `other`, if it is asked for.
std::vector<mapped_run> restarted_pool::read_device(device_id id, std::string* other) {
  const std::uint64_t block = geometry_.block_sectors;
  const auto nr_blocks = (geometry_.device_sectors + block - 1) / block;
  const auto ranges = machine_.mapped_ranges("pool", id, nr_blocks);
  if (!ranges.ok()) {
    fails(invariant::pool_comes_up, fmt::format("device {} cannot be read everywhere: {}", id,
                                                pdata::errno_text(ranges.errno_value())));
    return {};
  }
  std::vector<mapped_run> runs;
  const content_sink sink = [&](sector offset, sector count, const content& what) {
    if (what.is_zero()) return;
    if (what.what() != content::kind::stamp || what.seed() != place_seed) {
      if (other != nullptr && what.what() == content::kind::stamp && what.seed() == new_seed)
        return;
      if (other != nullptr) *other = fmt::format("sector {} of device {}", offset, id);
      return;
    }
    runs.push_back({offset, count, what.stamped_sector()});
  };
  for (const auto& range : *ranges) {
    const sector first = range.begin * block;
    const sector end = std::min<sector>(range.end * block, geometry_.device_sectors);
    if (data_->is_untouched(range.first * block, end - first)) {
      runs.push_back({first, end - first, range.first * block});
      continue;
    }
    if (const auto r = data_->read(range.first * block, end - first, first, sink); !r.ok())
      fails(invariant::pool_comes_up, fmt::format("device {} cannot be read everywhere: {}", id,
                                                  pdata::errno_text(r.errno_value())));
  }
  return joined(std::move(runs));
}

void restarted_pool::read_all() {
  for (auto& [id, runs] : found_.devices) runs = read_device(id, nullptr);
}

// Notes whether the pool has room for what is to come. Without free data blocks
// it queues or refuses writes; with few metadata blocks any operation may find
// none and leave the pool read-only.
void restarted_pool::measure_space() {
  constexpr std::uint64_t enough = 32;  // more than a write, a snapshot and a delete take
  const auto lines = machine_.report("pool", status_kind::info);
  if (!lines.ok() || lines->empty()) return;
  const auto words = split_words(lines->front().text);
  const auto nr_free = [&](std::size_t at) -> std::uint64_t {
    const auto slash = words[at].find('/');
    if (slash == std::string::npos) return enough;
    const auto used = thin_tools::parse_number(words[at].substr(0, slash));
    const auto all = thin_tools::parse_number(words[at].substr(slash + 1));
    return used && all && *used <= *all ? *all - *used : 0;
  };
  if (words.size() < 3) return;
  constexpr std::uint64_t needed_data = 2;
  is_full_ = nr_free(1) < enough || nr_free(2) < needed_data;
}

bool restarted_pool::wants(pdata::status r, std::string_view what, bool may_refuse) {
  if (r.ok()) return true;
  if (!may_refuse && !is_full_)
    fails(invariant::pool_stays_usable,
          fmt::format("{} fails after the crash: {}", what, pdata::errno_text(r.errno_value())));
  return false;
}

// Nothing but the given sectors of the device may have changed.
void restarted_pool::compare(device_id id, const std::vector<mapped_run>& before, sector skip_first,
                             sector skip_count) {
  const auto without = [&](const std::vector<mapped_run>& runs) {
    std::vector<mapped_run> kept;
    for (const auto& r : runs) {
      const sector end = r.first + r.count;
      const sector skip_end = skip_first + skip_count;
      if (end <= skip_first || r.first >= skip_end) {
        kept.push_back(r);
        continue;
      }
      if (r.first < skip_first) kept.push_back({r.first, skip_first - r.first, r.data});
      if (end > skip_end) kept.push_back({skip_end, end - skip_end, r.data + (skip_end - r.first)});
    }
    return kept;
  };
  std::string other;
  const auto now = read_device(id, &other);
  // Sectors that were copied with a broken share still show where they came from.
  if (without(now) != without(before) || !other.empty())
    fails(invariant::pool_stays_usable,
          fmt::format("a write, a snapshot and a delete change other sectors of device {}", id));
}

// One more write, snapshot, write to the origin and delete, checked by what all
// devices show then, and the metadata.
void restarted_pool::use(bool needs_check) {
  measure_space();
  constexpr device_id fresh = pdata::max_device_id;
  const bool was_empty = found_.devices.empty();
  const device_id on = was_empty ? fresh - 1 : found_.devices.begin()->first;
  if (was_empty && (!wants(machine_.message("pool", 0, fmt::format("create_thin {}", on)),
                           "create_thin", needs_check) ||
                    !add_thin(on)))
    return;
  const bool zeroes = geometry_.features.find("skip_block_zeroing") == std::string::npos;
  const auto changed = zeroes ? small_write : geometry_.block_sectors;
  const auto write = [&](std::string_view what) {
    const auto data = content::stamped(new_seed, 0);
    wants(perform(machine_, *machine_.find(thin_name(on)),
                  block_request::write(0, small_write, data, write_kind::fua)),
          what, needs_check);
  };
  write("a write");
  if (wants(machine_.message("pool", 0, fmt::format("create_snap {} {}", fresh, on)), "create_snap",
            needs_check)) {
    write("a write to the origin of a new snapshot");
    wants(machine_.message("pool", 0, fmt::format("delete {}", fresh)), "delete", needs_check);
  }
  for (const auto& [id, runs] : found_.devices)
    compare(id, runs, 0, id == on ? changed : sector(0));
  live_metadata after(*metadata_);
  const auto judged = judge_metadata(after);
  if (!judged.is_sound)
    fails(invariant::pool_stays_usable, "the metadata is damaged after more use: " + judged.detail);
}

std::vector<device_id> device_ids(pdata::block_device& device, const block_ptr& first) {
  pdata::silent_sink sink;
  const auto layout = pdata::examine_layout(device, first->data.view(), sink);
  std::vector<device_id> ids;
  if (!layout) return ids;
  pdata::batch_reader reader(device, 1);
  const auto details = pdata::read_details(reader, *layout, sink);
  for (const auto& [id, _] : details.devices) ids.push_back(id);
  return ids;
}

}  // namespace

survivor bring_up(const chosen_metadata& metadata, const pool_geometry& geometry) {
  survivor found;
  read_log checked(metadata);
  read_log used(metadata);
  crashed_metadata for_check(checked, geometry.metadata_blocks);
  crashed_metadata for_counts(used, geometry.metadata_blocks);
  found.is_formatted = !is_zeroed(metadata);
  used.read(pdata::superblock_location);
  bool goes_on = true;
  bool needs_check = false;
  std::vector<device_id> ids;
  bool is_sound = true;
  if (found.is_formatted) {
    const auto judged = judge_metadata(for_check);
    is_sound = judged.is_sound;
    found.leaked_metadata_blocks = judged.report.leaked_metadata_blocks;
    found.leaked_data_blocks = judged.report.leaked_data_blocks;
    found.transaction_id = judged.report.transaction_id;
    needs_check = judged.report.needs_check();
    if (!is_sound)
      found.problems.push_back(
          {judged.has_few_counts ? invariant::counts_not_too_low : invariant::metadata_sound,
           judged.detail});
    goes_on = is_sound || judged.has_few_counts;
    if (goes_on) ids = device_ids(for_check, metadata.at(0));
  }
  for (const auto id : ids) found.devices[id];
  if (goes_on) {
    restarted_pool restarted(used, geometry, found);
    if (restarted.activate(ids)) {
      restarted.read_all();
      // Damage shows by itself; what it leads to is no news.
      if (is_sound) restarted.use(needs_check);
    } else {
      found.comes_up = false;
    }
  }
  for (const auto& [id, runs] : found.devices)
    for (const auto& r : runs) {
      found.by_place.push_back({r.data, r.first, r.count, id});
      found.longest_run = std::max(found.longest_run, r.count);
    }
  std::ranges::sort(found.by_place, {}, &survivor::placed_run::data);
  std::set<metadata_block> follows_from = used.blocks();
  used_blocks counts(for_counts);
  for (const auto block : checked.blocks())
    if (!is_sound || counts.may_matter(block)) follows_from.insert(block);
  for (const auto block : used.blocks()) follows_from.insert(block);
  for (const auto block : follows_from) found.read.push_back({block, metadata.at(block)->hash});
  return found;
}

}  // namespace sim::explore
