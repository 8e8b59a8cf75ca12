#include "thin-tools/transfer/migrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "thin-tools/files/file_names.h"
#include "thin-tools/files/unfinished_file.h"
#include "thin-tools/transfer/contents_walk.h"

namespace thin_tools {

namespace {

using pdata::error;

class migration {
 public:
  migration(const migrate_request& what, const data_device& data, transfer_target& target,
            send_progress& progress)
      : what_(what), data_(data), target_(target), progress_(progress) {}

  migrate_summary run() {
    const auto& map = what_.volume.map;
    progress_.bytes_expected =
        what_.volume.mapped_bytes + (what_.base ? 2 * what_.base->mapped_bytes : 0);
    if (what_.base) expect_base();
    // What is behind the volume on a destination that is there stays.
    if (target_.is_block_device() || target_.size_bytes() < map.volume_bytes)
      target_.set_size(map.volume_bytes);
    const bool settle_gaps = what_.zero_rest && !what_.new_file;
    if (settle_gaps && what_.base && what_.base->map.volume_bytes < map.volume_bytes)
      target_.expect_zeroes(what_.base->map.volume_bytes,
                            map.volume_bytes - what_.base->map.volume_bytes);
    const auto* base_map = what_.base ? &what_.base->map : nullptr;
    pair_walk to_read(map, base_map);
    piece_reader pieces(
        what_.active ? *what_.active : data_,
        [&]() -> std::optional<piece_plan> {
          while (auto pair = to_read.next())
            if (pair->changed) return where_read(std::move(pair->wanted));
          return std::nullopt;
        },
        piece_reader::digests::unwanted, what_.buffer_bytes);
    pair_walk walk(map, base_map);
    std::uint64_t settled = 0;
    const auto settle = [&](std::uint64_t until) {
      if (settle_gaps && !what_.base && until > settled)
        target_.expect_zeroes(settled, until - settled);
      settled = std::max(settled, until);
    };
    while (const auto pair = walk.next()) {
      progress_.bytes_read += pair->wanted.bytes;
      if (!pair->changed) continue;
      const auto* piece = pieces.take();
      REQUIRE(piece != nullptr && piece->plan.index == pair->index);
      const auto begin = pair->index * piece_bytes;
      for (const auto& extent : pair->to_write) {
        settle(begin + extent.at);
        write(begin, extent, *piece);
        settled = begin + extent.at + extent.length;
      }
      for (const auto& extent : pair->to_clear) {
        target_.clear(begin + extent.at, extent.length);
        summary_.zero_bytes += extent.length;
      }
    }
    settle(map.volume_bytes);
    target_.sync();
    what_.confirm();
    return summary_;
  }

 private:
  // An active volume has its bytes where they are wanted.
  piece_plan where_read(piece_plan plan) const {
    if (!what_.active) return plan;
    for (auto& extent : plan.extents) extent.from = plan.index * piece_bytes + extent.at;
    return plan;
  }

  void expect_base() {
    const auto& map = what_.base->map;
    if (target_.size_bytes() < map.volume_bytes)
      throw error(fmt::format("'{}' is not the base: it has {} bytes, the base {}", target_.path(),
                              target_.size_bytes(), map.volume_bytes));
    content_digest wanted(map.volume_bytes);
    piece_walk walk(map);
    piece_reader pieces(
        data_, [&] { return walk.next(); }, piece_reader::digests::wanted, what_.buffer_bytes);
    while (const auto* piece = pieces.take()) {
      progress_.bytes_read += piece->plan.bytes;
      if (!piece->zero) wanted.add(piece->plan.index, piece->digest);
    }
    const auto found = contents_of(target_, map.volume_bytes, [](std::uint64_t) {});
    if (found != wanted.value())
      throw error(
          fmt::format("'{}' does not hold device {}: its contents are {}, the device's {}; "
                      "nothing was changed",
                      target_.path(), what_.base->device, found.hex(), wanted.value().hex()));
  }

  void write(std::uint64_t begin, const piece_extent& extent, const piece& read) {
    const auto bytes = read.bytes.subspan(pdata::to_size(extent.at), pdata::to_size(extent.length));
    if (what_.new_file && pdata::all_zero(bytes)) return;  // it is a hole there
    target_.write(begin + extent.at, bytes);
    summary_.data_bytes += bytes.size();
  }

  const migrate_request& what_;
  const data_device& data_;
  transfer_target& target_;
  send_progress& progress_;
  migrate_summary summary_;
};

}  // namespace

namespace {

std::string partial_name(const std::string& target) { return target + ".partial"; }

}  // namespace

std::vector<pass> admit_target(const std::string& target, transfer_target::opening how) {
  std::vector<pass> passes{admit(target_request(target))};
  if (how == transfer_target::opening::new_file)
    passes.push_back(admit(target_request(partial_name(target))));
  return passes;
}

migrate_summary migrate_volume(const migrate_request& what, const data_device& data,
                               send_progress& progress) {
  if (!what.new_file) {
    transfer_target target(admit(target_request(what.target)), transfer_target::opening::existing);
    return migration(what, data, target, progress).run();
  }
  if (exists(what.target))
    throw error(fmt::format("'{}' is there already; a new file is made", what.target));
  const auto name = partial_name(what.target);
  const auto admitted = admit(target_request(name));
  std::optional<transfer_target> target;
  target.emplace(admitted, transfer_target::opening::new_file);
  unfinished_file partial;
  if (!partial.set(name)) throw error(fmt::format("the name '{}' is too long", name));
  const auto summary = migration(what, data, *target, progress).run();
  target.reset();
  rename_file(name, what.target);
  partial.keep();
  return summary;
}

}  // namespace thin_tools
