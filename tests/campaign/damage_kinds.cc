#include "tests/campaign/damage_kinds.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/format/checksum.h"

namespace campaign {

using pdata::metadata_block;

namespace {

using enum organ;

const std::vector<organ> everything{superblock,     details,         top_level,
                                    device_root,    internal,        leaf,
                                    metadata_index, metadata_bitmap, data_space_map};

const damage_kind kinds[] = {
    {"superblock", {superblock}, 1, severity_of_harm::plain},
    {"details", {details}, 8, severity_of_harm::plain},
    {"one top level node", {top_level}, 1, severity_of_harm::plain},
    {"top level", {top_level}, 8, severity_of_harm::plain},
    {"one device root", {device_root}, 1, severity_of_harm::plain},
    {"device roots", {device_root}, 8, severity_of_harm::plain},
    {"one internal node", {internal}, 1, severity_of_harm::plain},
    {"internal nodes", {internal}, 8, severity_of_harm::plain},
    {"leaves", {leaf}, 8, severity_of_harm::plain},
    {"internal nodes and leaves", {internal, device_root, leaf}, 8, severity_of_harm::plain},
    {"space maps", {metadata_index, metadata_bitmap, data_space_map}, 8, severity_of_harm::plain},
    {"superblock and trees", {superblock, internal, device_root, leaf}, 8, severity_of_harm::plain},
    {"details and top level", {details, top_level}, 8, severity_of_harm::plain},
    {"anything", everything, 8, severity_of_harm::plain},
    {"lie: superblock", {superblock}, 1, severity_of_harm::lie},
    {"lie: details", {details}, 2, severity_of_harm::lie},
    {"lie: top level", {top_level}, 2, severity_of_harm::lie},
    {"lie: internal nodes", {internal, device_root}, 4, severity_of_harm::lie},
    {"lie: leaves", {leaf}, 4, severity_of_harm::lie},
    {"lie: space maps",
     {metadata_index, metadata_bitmap, data_space_map},
     4,
     severity_of_harm::lie},
    {"lie: anything", everything, 8, severity_of_harm::lie},
};

std::uint64_t below(std::mt19937_64& generator, std::uint64_t end) { return generator() % end; }

// A sector or block that was written over, lost writes, flipped bits.
void corrupt(pdata::block_span block, std::mt19937_64& generator) {
  std::size_t first = 0;
  std::size_t length = pdata::block_size;
  const auto way = below(generator, 5);
  if (way == 3) {
    first = 512 * below(generator, 8);
    length = 512;
  }
  if (way == 4) {
    first = below(generator, pdata::block_size);
    length = 1;
  }
  for (std::size_t i = first; i < first + length; ++i) {
    const auto noise = static_cast<std::byte>(generator());
    if (way == 0)
      block[i] = std::byte{0};
    else
      block[i] ^= way == 4 ? std::byte{1} << below(generator, 8) : noise;
  }
  // Noise that happens to change nothing is no damage.
  if (pdata::identify(block)) block[first] ^= std::byte{1};
}

// Changes a number or two in header, keys or values and seals the block again.
void lie(pdata::block_span block, metadata_block location, std::mt19937_64& generator) {
  const auto kind = pdata::identify(block);
  if (!kind) return;
  const auto nr_changes = 1 + below(generator, 3);
  for (std::uint64_t i = 0; i < nr_changes; ++i) {
    const std::size_t limits[] = {64, 512, pdata::block_size - 16};
    const auto at = 16 + below(generator, limits[below(generator, 3)] - 16) / 8 * 8;
    std::uint64_t number = 0;
    std::memcpy(&number, block.data() + at, sizeof number);
    switch (below(generator, 4)) {
      case 0:
        number += below(generator, 2) != 0 ? 1 : std::uint64_t(-1);
        break;
      case 1:
        number = below(generator, 2048);
        break;
      case 2:
        number ^= std::uint64_t{1} << below(generator, 64);
        break;
      default:
        number = generator();
    }
    std::memcpy(block.data() + at, &number, sizeof number);
  }
  pdata::seal(block, *kind, location);
}

}  // namespace

std::span<const damage_kind> damage_kinds() { return kinds; }

std::vector<metadata_block> do_damage(const damage_kind& kind, const pool_anatomy& body,
                                      pdata::memory_device& pool, std::mt19937_64& generator) {
  const auto nr_hits = 1 + below(generator, kind.most_hits);
  std::vector<metadata_block> hit;
  for (std::uint64_t i = 0; i < nr_hits; ++i) {
    const auto part = body.find(kind.aim[below(generator, kind.aim.size())]);
    if (part == body.end() || part->second.empty()) continue;
    const auto target = part->second[below(generator, part->second.size())];
    if (std::ranges::count(hit, target) != 0) continue;
    hit.push_back(target);
    if (kind.harm == severity_of_harm::plain)
      corrupt(pool.at(target).span(), generator);
    else
      lie(pool.at(target).span(), target, generator);
  }
  return hit;
}

}  // namespace campaign
