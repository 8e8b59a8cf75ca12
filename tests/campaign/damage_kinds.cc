#include "tests/campaign/damage_kinds.h"

#include <algorithm>
#include <cstring>

namespace campaign {

using plain::part;
using plain::u64;

namespace {

constexpr auto block_bytes = plain::block_bytes;

// A block that was written over, a sector of it, or a byte.
void corrupt(plain::writable block, dice& with) {
  switch (below(with, 4)) {
    case 0:
      return fill(block, filler::zeroes, with);
    case 1:
      return fill(block, filler::garbage, with);
    case 2:
      return fill(block.subspan(512 * below(with, 8), 512), filler::garbage, with);
    default:
      block[below(with, block_bytes)] ^= static_cast<std::byte>(1 + below(with, 255));
  }
}

void corrupt_some(damaged& what, std::vector<u64> candidates, std::size_t count, dice& with) {
  for (const auto b : some(std::move(candidates), count, with)) corrupt(what.block(b), with);
}

void zero_superblock(damaged& what) { std::ranges::fill(what.block(0), std::byte{0}); }

void garble(damaged& what, const std::vector<u64>& blocks, dice& with) {
  for (const auto b : blocks) fill(what.block(b), filler::garbage, with);
}

std::vector<u64> roots(const patient& of) {
  std::vector<u64> all;
  for (const auto& [id, device] : of.truth.devices) all.push_back(device.root);
  return all;
}

struct part_row {
  const char* name;
  std::initializer_list<part> parts;
  std::size_t most;
};

}  // namespace

std::vector<u64> used_blocks(const patient& of) {
  std::vector<u64> used;
  for (const auto& [block, count] : of.truth.metadata_references) used.push_back(block);
  return used;
}

std::vector<u64> blocks_of(const patient& of, std::initializer_list<part> parts) {
  std::vector<u64> all;
  for (const auto what : parts)
    if (const auto found = of.truth.parts.find(what); found != of.truth.parts.end())
      all.insert(all.end(), found->second.begin(), found->second.end());
  return all;
}

std::vector<u64> some(std::vector<u64> from, std::size_t count, dice& with) {
  std::ranges::sort(from);
  const auto again = std::ranges::unique(from);
  from.erase(again.begin(), again.end());
  for (std::size_t i = 0; i < from.size() && i < count; ++i)
    std::swap(from[i], from[i + below(with, from.size() - i)]);
  from.resize(std::min(from.size(), count));
  return from;
}

void fill(plain::writable area, filler how, dice& with) {
  for (auto& byte : area) byte = how == filler::zeroes ? std::byte{0} : std::byte(with() & 255);
}

std::vector<u64> hit_blocks(const damaged& now, const patient& before) {
  std::vector<u64> hit;
  for (u64 b = 0; b < before.nr_blocks(); ++b) {
    const auto at = b * block_bytes + now.moved_by;
    if (at + block_bytes > now.image.size() ||
        std::memcmp(now.image.data() + at, before.block(b).data(), block_bytes) != 0)
      hit.push_back(b);
  }
  return hit;
}

void add_part_kinds(std::vector<damage_kind>& to) {
  static constexpr auto mapping_parts = {part::device_root, part::internal, part::leaf};
  static const part_row rows[] = {
      {"details", {part::details}, 8},
      {"top level", {part::top_level}, 8},
      {"one device root", {part::device_root}, 1},
      {"device roots", {part::device_root}, 8},
      {"one internal node", {part::internal}, 1},
      {"internal nodes", {part::internal, part::device_root}, 8},
      {"leaves", {part::leaf}, 8},
      {"space maps",
       {part::data_index, part::data_bitmap, part::data_overflow, part::metadata_index,
        part::metadata_bitmap, part::metadata_overflow},
       8},
      {"details and top level", {part::details, part::top_level}, 8},
  };
  to.push_back({"superblock", harm::plain,
                [](damaged& what, const patient&, dice&) { zero_superblock(what); }});
  to.push_back(
      {"superblock, top level", harm::plain, [](damaged& what, const patient& of, dice& with) {
         zero_superblock(what);
         garble(what, blocks_of(of, {part::top_level}), with);
       }});
  to.push_back(
      {"superblock, details", harm::plain, [](damaged& what, const patient& of, dice& with) {
         zero_superblock(what);
         garble(what, blocks_of(of, {part::details}), with);
       }});
  to.push_back(
      {"superblock, both trees", harm::plain, [](damaged& what, const patient& of, dice& with) {
         zero_superblock(what);
         garble(what, blocks_of(of, {part::details, part::top_level}), with);
       }});
  to.push_back(
      {"superblock, five nodes", harm::plain, [](damaged& what, const patient& of, dice& with) {
         zero_superblock(what);
         garble(what, some(blocks_of(of, mapping_parts), 5, with), with);
       }});
  // Legible, whatever its checksum says: nobody needs to give sizes.
  to.push_back({"superblock, one bit", harm::plain,
                [](damaged& what, const patient&, dice& with) {
                  const auto at = below(with, block_bytes);
                  what.block(0)[at] ^= std::byte{1} << below(with, 8);
                },
                false});
  to.push_back(
      {"device, root and entry", harm::plain, [](damaged& what, const patient& of, dice& with) {
         garble(what, blocks_of(of, {part::top_level}), with);
         garble(what, some(roots(of), 1, with), with);
       }});
  for (const auto& row : rows)
    to.push_back({row.name, harm::plain, [&row](damaged& what, const patient& of, dice& with) {
                    corrupt_some(what, blocks_of(of, row.parts), 1 + below(with, row.most), with);
                  }});
  to.push_back({"anything", harm::plain, [](damaged& what, const patient& of, dice& with) {
                  corrupt_some(what, used_blocks(of), 1 + below(with, 8), with);
                }});
  for (const unsigned percent : {1, 10})
    to.push_back({std::to_string(percent) + " % of blocks", harm::plain,
                  [percent](damaged& what, const patient& of, dice& with) {
                    auto used = used_blocks(of);
                    const auto count = std::max<std::size_t>(1, used.size() * percent / 100);
                    garble(what, some(std::move(used), count, with), with);
                  }});
}

const std::vector<damage_kind>& damage_kinds() {
  static const auto all = [] {
    std::vector<damage_kind> kinds;
    add_part_kinds(kinds);
    add_region_kinds(kinds);
    add_history_kinds(kinds);
    add_lie_kinds(kinds);
    return kinds;
  }();
  return all;
}

}  // namespace campaign
