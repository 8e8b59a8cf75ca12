#include "persistent-data/stream/stream_validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

template <class... Values>
[[noreturn]] void refuse(fmt::format_string<Values...> words, Values&&... values) {
  throw error(fmt::format(words, std::forward<Values>(values)...));
}

constexpr std::uint32_t oldest_version = 1;

// What the largest metadata device has bitmaps for.
constexpr std::uint64_t max_data_blocks = max_metadata_blocks * entries_per_bitmap;

}  // namespace

void stream_validator::open_container() {
  extent_ = {};
  last_piece_ = {};
  pieces_in_order_ = true;
}

std::string stream_validator::open_name() const {
  return place_ == place::def ? "def '" + open_def_ + "'" : fmt::format("device {}", *last_device_);
}

void stream_validator::append(const piece& next) {
  if (extent_.nr_mappings != 0 && next.first <= extent_.last) {
    if (next.first <= last_piece_.last && next.last >= last_piece_.first) refuse_overlap(next);
    if (order_ == stream_order::required)
      refuse("keys out of order: virtual block {} comes after {}", next.first, extent_.last);
    pieces_in_order_ = in_order_ = false;
  }
  const bool alone = extent_.nr_mappings == 0;
  extent_.first = alone ? next.first : std::min(extent_.first, next.first);
  extent_.last = alone ? next.last : std::max(extent_.last, next.last);
  extent_.nr_mappings += next.nr_mappings;
  last_piece_ = next;
}

// Between the first and the last block of a ref there may be some that its def
// does not map; nothing else may be there all the same.
void stream_validator::refuse_overlap(const piece& next) const {
  const auto block = std::max(next.first, last_piece_.first);
  const auto where = last_piece_.line != 0 ? fmt::format(" (line {})", last_piece_.line) : "";
  const bool twice =
      (!next.is_ref || block == next.first) && (!last_piece_.is_ref || block == last_piece_.first);
  if (twice) refuse("virtual block {} is mapped twice in {}{}", block, open_name(), where);
  refuse("virtual block {} of {} is among those of another ref or mapping{}", block, open_name(),
         where);
}

void stream_validator::begin_superblock(const stream_superblock& superblock) {
  if (place_ != place::before) refuse("duplicated superblock");
  if (!valid_data_block_size(superblock.data_block_size))
    refuse("invalid data block size {}: it must be a multiple of {} sectors, from {} to {}",
           superblock.data_block_size, data_block_size_min, data_block_size_min,
           data_block_size_max);
  if (superblock.version < oldest_version || superblock.version > superblock_version)
    refuse("unknown metadata version {}", superblock.version);
  if (superblock.uuid.size() > superblock::uuid_bytes)
    refuse("the uuid is longer than {} bytes", superblock::uuid_bytes);
  if (superblock.nr_data_blocks > max_data_blocks)
    refuse("{} data blocks are more than metadata can describe ({})", superblock.nr_data_blocks,
           max_data_blocks);
  nr_data_blocks_ = superblock.nr_data_blocks;
  place_ = place::pool;
  next_.begin_superblock(superblock);
}

void stream_validator::end_superblock() {
  if (place_ != place::pool) refuse("the end of a superblock that did not begin");
  place_ = place::after;
  next_.end_superblock();
}

void stream_validator::begin_def(const std::string& name) {
  if (place_ == place::def || place_ == place::device) refuse("a def may not be nested");
  if (place_ != place::pool) refuse("a def must be inside a superblock");
  if (last_device_) {
    if (order_ == stream_order::required) refuse("defs must come before devices");
    in_order_ = false;
  }
  if (!defs_.try_emplace(name).second) refuse("there are two defs named '{}'", name);
  open_def_ = name;
  open_container();
  place_ = place::def;
  next_.begin_def(name);
}

void stream_validator::end_def() {
  if (place_ != place::def) refuse("the end of a def that did not begin");
  defs_[open_def_] = extent_;
  place_ = place::pool;
  next_.end_def();
}

void stream_validator::begin_device(device_id device, const device_details& details) {
  if (place_ != place::pool) refuse("a device must be directly inside a superblock");
  if (last_device_ && device == *last_device_)
    refuse("device {} exists already{}", device,
           last_device_line_ != 0 ? fmt::format(" (line {})", last_device_line_) : "");
  if (last_device_ && device < *last_device_) {
    if (order_ == stream_order::required)
      refuse("devices out of order: {} comes after {}", device, *last_device_);
    in_order_ = false;
  }
  last_device_ = device;
  last_device_line_ = line();
  details_ = details;
  open_container();
  place_ = place::device;
  next_.begin_device(device, details);
}

void stream_validator::end_device() {
  if (place_ != place::device) refuse("the end of a device that did not begin");
  // Mappings out of order may yet be found to overlap, which tells more.
  if (pieces_in_order_ && extent_.nr_mappings != details_.mapped_blocks)
    refuse("device {} has {} mappings, but mapped_blocks says {}", *last_device_,
           extent_.nr_mappings, details_.mapped_blocks);
  place_ = place::pool;
  next_.end_device();
}

void stream_validator::run(const mapping_run& mappings) {
  if (place_ != place::def && place_ != place::device)
    refuse("a mapping must be inside a device or def");
  if (mappings.length == 0) return;
  if (mappings.length - 1 > UINT64_MAX - mappings.begin)
    refuse("the virtual blocks from {} on reach beyond 64 bits", mappings.begin);
  static_assert(max_data_blocks <= mapping_block_max);
  if (mappings.data_begin >= nr_data_blocks_ ||
      mappings.length > nr_data_blocks_ - mappings.data_begin)
    refuse("data block out of bounds: {} blocks from {} on, the data device has {}",
           mappings.length, mappings.data_begin, nr_data_blocks_);
  if (mappings.time > mapping_time_max)
    refuse("time {} does not fit the 24 bits that a mapping has for it", mappings.time);
  append({mappings.begin, mappings.begin + (mappings.length - 1), mappings.length, false, line()});
  next_.run(mappings);
}

bool stream_validator::runs(std::span<const mapping_run> all) {
  if (all.empty() || (place_ != place::def && place_ != place::device)) return false;
  bool any_before = extent_.nr_mappings != 0;
  std::uint64_t last_before = extent_.last;
  std::uint64_t nr_mappings = 0;
  for (const auto& one : all) {
    const std::uint64_t last = one.begin + (one.length - 1);
    if (one.length == 0 || (any_before && one.begin <= last_before) || last < one.begin ||
        one.data_begin >= nr_data_blocks_ || one.length > nr_data_blocks_ - one.data_begin ||
        one.time > mapping_time_max)
      return false;
    nr_mappings += one.length;
    any_before = true;
    last_before = last;
  }
  if (!next_.runs(all)) return false;
  const auto& last = all.back();
  if (extent_.nr_mappings == 0) extent_.first = all.front().begin;
  extent_.last = last_before;
  extent_.nr_mappings += nr_mappings;
  last_piece_ = {last.begin, extent_.last, last.length, false, line() + (all.size() - 1)};
  return true;
}

void stream_validator::ref(const std::string& name) {
  if (place_ != place::device) refuse("a ref must be inside a device");
  const auto found = defs_.find(name);
  if (found == defs_.end()) refuse("there is no def named '{}'", name);
  const extent& def = found->second;
  if (def.nr_mappings != 0) append({def.first, def.last, def.nr_mappings, true, line()});
  next_.ref(name);
}

void stream_validator::expect_complete() const {
  if (place_ == place::before) refuse("missing superblock");
  if (place_ != place::after) refuse("the input ends too early");
}

}  // namespace pdata
