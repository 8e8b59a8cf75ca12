#include "thin-tools/files/metadata_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/stream/forwarding_sink.h"
#include "persistent-data/stream/new_superblock.h"
#include "persistent-data/stream/unshared_size.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

namespace {

// A way to build a pool, and what comes of it.
struct rehearsed_pool {
  pdata::pool_build_options how;
  pdata::metadata_block blocks_needed = 0;
  bool could_share = false;  // some data is mapped by two of the leaves
  bool shares = false;       // leaves were found that are alike
  bool at_times = false;     // some leaves end where times change
  // Of all mappings in leaves, those of data that another one maps, too.
  double repeated = 0;
};

rehearsed_pool rehearse(const pdata::stream_spool& pool, pdata::metadata_block nr_blocks,
                        pdata::pool_build_options how) {
  const auto builder = pdata::pool_builder::rehearsal(nr_blocks, how);
  pool.replay(*builder);
  const auto in_leaves = static_cast<double>(builder->nr_leaf_mappings());
  const auto mapped = static_cast<double>(builder->nr_mapped());
  return {.how = how,
          .blocks_needed = builder->blocks_needed(),
          .could_share = builder->maps_data_twice(),
          .shares = builder->found_identical_leaves(),
          .at_times = builder->ended_leaves_at_times(),
          .repeated = in_leaves > mapped ? (in_leaves - mapped) / in_leaves : 0};
}

// What was written in long stretches after devices parted is best kept in leaves of its own.
// Snapshots of a few changes each do best with leaves that end alike, those of long stretches
// without; a leaf that is not full has room for what a snapshot has in addition.
constexpr std::uint32_t not_quite_full = 240;  // of 252
constexpr pdata::pool_build_options ways_to_share[] = {
    {.find_identical_leaves = true, .end_leaves_at_times = true},
    {.find_identical_leaves = true},
    {.find_identical_leaves = true, .end_leaves_alike = true},
    {.find_identical_leaves = true, .end_leaves_alike = true, .leaf_entries = not_quite_full},
    {.find_identical_leaves = true, .leaf_entries = not_quite_full},
};
// What another way could gain is less than this where so few mappings are repeated.
constexpr double hardly_repeated = 1.0 / 256;

rehearsed_pool rehearse_shared(const pdata::stream_spool& pool, pdata::metadata_block nr_blocks) {
  std::optional<rehearsed_pool> smallest;
  bool shares = false;
  for (std::size_t way = 0; way < std::size(ways_to_share); ++way) {
    // Where no leaf ended at a change of times the first two ways are one.
    if (way == 1 && !smallest->at_times) continue;
    const auto& how = ways_to_share[way];
    const auto rehearsed = rehearse(pool, nr_blocks, how);
    if (!smallest || rehearsed.blocks_needed < smallest->blocks_needed) smallest = rehearsed;
    shares |= rehearsed.shares;
    if (rehearsed.repeated < hardly_repeated) break;
    // Room for what is added to shared leaves: of no use where there are none.
    if (how.end_leaves_alike && !shares) break;
  }
  return *smallest;
}

// The fewest blocks that a pool can take, without building it, and what is in it. Leaves of one
// device differ; a leaf maps at most so many data blocks as it has entries. Where there are no
// defs, the same pass tells how many it takes without sharing.
class least_room : public pdata::metadata_sink {
 public:
  // `unshared`: may be null.
  explicit least_room(pdata::unshared_size* unshared) : unshared_(unshared) {}

  void begin_superblock(const pdata::stream_superblock& superblock) override {
    bitmaps_ = pdata::div_up(superblock.nr_data_blocks, pdata::entries_per_bitmap);
    if (unshared_ != nullptr) unshared_->begin_superblock(superblock);
  }
  void end_superblock() override {
    if (unshared_ != nullptr) unshared_->end_superblock();
  }
  void begin_def(const std::string& name) override {
    seen_.add(name);
    open_ = &defs_[name];
  }
  void end_def() override { open_ = nullptr; }
  void begin_device(pdata::device_id device, const pdata::device_details& details) override {
    seen_.add(device, details);
    open_ = &device_;
    if (unshared_ != nullptr) unshared_->begin_device(device, details);
  }
  void end_device() override {
    most_ = std::max(most_, device_);
    device_ = 0;
    if (unshared_ != nullptr) unshared_->end_device();
  }
  void run(const pdata::mapping_run& run) override {
    seen_.add(run);
    *open_ += run.length;
    if (unshared_ != nullptr) unshared_->run(run);
  }
  bool runs(std::span<const pdata::mapping_run> all) override {
    if (unshared_ != nullptr && !unshared_->runs(all)) return false;
    for (const auto& one : all) {
      seen_.add(one);
      *open_ += one.length;
    }
    return true;
  }
  void ref(const std::string& name) override {
    seen_.add(name);
    device_ += defs_[name];
  }

  const stream_tally& contents() const { return seen_; }
  pdata::metadata_block blocks() const {
    return bitmaps_ + pdata::div_up(most_, mapping_leaf_entries);
  }

 private:
  static constexpr std::uint64_t mapping_leaf_entries = 252;

  pdata::unshared_size* unshared_;
  std::uint64_t bitmaps_ = 0;
  std::uint64_t device_ = 0;  // mappings of the open one
  std::uint64_t most_ = 0;    // of any
  std::uint64_t* open_ = nullptr;
  std::map<std::string, std::uint64_t> defs_;
  stream_tally seen_;
};

// Up to so many blocks a rehearsal takes seconds, and says exactly how many are needed.
constexpr pdata::metadata_block rehearsed_blocks_max = 32768;

}  // namespace

planned_pool plan_pool(const pdata::stream_spool& pool, const pdata::file_device& output,
                       sharing wanted) {
  const auto room = output.nr_blocks();
  std::optional<pdata::unshared_size> unshared;
  if (!pool.has_defs()) unshared.emplace(room);
  least_room least(unshared ? &*unshared : nullptr);
  pool.replay(least);
  if (least.blocks() > rehearsed_blocks_max) expect_room(output, least.blocks());
  // Only what the stream says is shared.
  auto best = unshared ? rehearsed_pool{.blocks_needed = unshared->blocks_needed(),
                                        .could_share = unshared->maps_data_twice()}
                       : rehearse(pool, room, {});
  const bool fits = best.blocks_needed <= room;
  if (best.could_share && (wanted == sharing::found || !fits)) {
    const auto shared = rehearse_shared(pool, room);
    if (shared.blocks_needed < best.blocks_needed) best = shared;
  }
  expect_room(output, best.blocks_needed);
  return {best.how, best.blocks_needed, least.contents()};
}

namespace {

// Each number changes all bits of what comes after it.
void mix(std::uint64_t& digest, std::uint64_t number) {
  digest = (digest ^ number) * 0x9e3779b97f4a7c15;
  digest ^= digest >> 32;
}

}  // namespace

void stream_tally::add(pdata::device_id device, const pdata::device_details& details) {
  ++devices;
  for (const std::uint64_t number :
       {device.value(), details.mapped_blocks, details.transaction_id,
        std::uint64_t{details.creation_time}, std::uint64_t{details.snapshotted_time}})
    mix(digest, number);
}

// There are many of these: their numbers are joined by factors first, which takes no turns.
void stream_tally::add(const pdata::mapping_run& run) {
  mappings += run.length;
  mix(digest, run.begin * 0xff51afd7ed558ccd + run.data_begin * 0xc4ceb9fe1a85ec53 +
                  run.length * 0xd6e8feb86659fd93 + run.time);
}

void stream_tally::add(const std::string& name) {
  mix(digest, name.size());
  for (const unsigned char c : name) mix(digest, c);
}

namespace {

// Without the flag, and only what was planned.
class checked_stream : public pdata::forwarding_sink {
 public:
  checked_stream(pdata::metadata_sink& to, const stream_tally& planned)
      : forwarding_sink(to), planned_(planned) {}
  void begin_superblock(const pdata::stream_superblock& superblock) override {
    auto checked = superblock;
    checked.flags &= ~pdata::flag_needs_check;
    needed_check_ = checked.flags != superblock.flags;
    next().begin_superblock(checked);
  }
  void begin_def(const std::string& name) override {
    seen_.add(name);
    next().begin_def(name);
  }
  void begin_device(pdata::device_id device, const pdata::device_details& details) override {
    seen_.add(device, details);
    next().begin_device(device, details);
  }
  void run(const pdata::mapping_run& run) override {
    seen_.add(run);
    next().run(run);
  }
  bool runs(std::span<const pdata::mapping_run> all) override {
    auto seen = seen_;
    for (const auto& one : all) seen.add(one);
    if (!next().runs(all)) return false;
    seen_ = seen;
    return true;
  }
  void ref(const std::string& name) override {
    seen_.add(name);
    next().ref(name);
  }
  // Here, since the superblock is written at the end.
  void end_superblock() override {
    if (seen_ != planned_)
      throw pdata::error(fmt::format(
          "what was read the second time is not what was read the first time: {} devices with {} "
          "mappings, {} with {} before",
          seen_.devices, seen_.mappings, planned_.devices, planned_.mappings));
    next().end_superblock();
  }

  bool needed_check() const { return needed_check_; }

 private:
  const stream_tally& planned_;
  stream_tally seen_;
  bool needed_check_ = false;
};

// What the output holds after a failure, by what it says itself.
std::string state_of(pdata::file_device& output, const std::optional<pdata::block_buffer>& before) {
  pdata::block_buffer now;
  if (!before || !output.read(pdata::superblock_location, now.bytes).ok())
    return "what it holds now is not known";
  if (now.bytes == before->bytes) return "its superblock is as it was before";
  if (pdata::identify(now.view()))
    return "it has a new superblock, and may lack what could not be written";
  return pdata::identify(before->view())
             ? "its old superblock was erased, it holds no usable metadata now"
             : "it holds no usable metadata now";
}

}  // namespace

new_metadata::new_metadata(const pass& admitted) : device_(open_output_device(admitted)) {
  if (device_->is_block_device()) return;
  struct stat present {};
  if (::fstat(device_->descriptor(), &present) != 0)
    pdata::throw_errno("Couldn't stat", admitted.path(), errno);
  std::error_code failed;
  const auto resolved = std::filesystem::canonical(admitted.path(), failed);
  if (failed) pdata::throw_errno("Couldn't find", admitted.path(), failed.value());
  beside_.emplace(resolved.string(), present);
  if (::ftruncate(beside_->file().descriptor(), present.st_size) != 0)
    pdata::throw_errno("Couldn't set the size of a file beside", admitted.path(), errno);
  pdata::file_handle opened(::fcntl(beside_->file().descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!opened.is_open()) pdata::throw_errno("Couldn't open a file beside", admitted.path(), errno);
  device_ =
      std::make_unique<pdata::file_device>(admitted.path(), std::move(opened), admitted.holds());
}

void new_metadata::make(const std::function<void()>& write) {
  std::optional<pdata::block_buffer> before(std::in_place);
  if (!device_->read(pdata::superblock_location, before->bytes).ok()) before.reset();
  try {
    write();
    if (beside_) beside_->take_name();
  } catch (const std::exception& e) {
    if (beside_ && beside_->took_name()) throw;  // it says so
    throw pdata::error("'" + device_->path() + "': " + e.what() + "; " +
                       (beside_ ? "it is as it was before" : state_of(*device_, before)));
  }
}

bool write_pool(const pdata::stream_spool& pool, new_metadata& output, const planned_pool& plan,
                const result_examiner& examine) {
  bool needed_check = false;
  output.make([&] {
    pdata::pool_builder builder(output.device(), plan.how);
    checked_stream checked(builder, plan.contents);
    pool.replay(checked);
    if (builder.blocks_needed() != plan.blocks_needed) {
      pdata::erase_superblock(output.device());
      throw pdata::error(
          fmt::format("the metadata has {} blocks, and not the {} that it was to have",
                      builder.blocks_needed(), plan.blocks_needed));
    }
    needed_check = checked.needed_check();
    examine(output.device());
  });
  return needed_check;
}

}  // namespace thin_tools
