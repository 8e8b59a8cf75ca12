// The alphabet of histories: what may be done next to a small pool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/content.h"

namespace sim::explore {

enum class verb : std::uint8_t {
  create,
  create_full,
  snap_active,
  snap_inactive,
  remove,
  write_block,
  write_part,
  fua_block,
  fua_part,
  flush,
  discard_block,
  discard_part,
  discard_all,
  discard_tail,
  read,
  tick,
  end_discards,
  reserve,
  release,
  next_transaction,
  suspend,
  grow_data,
  grow_metadata,
};
inline constexpr std::size_t nr_verbs = 23;

struct verb_row {
  verb what;
  std::string_view name;  // as --operations has it
  bool on_device;         // it concerns one device
  bool on_place;          // it concerns the first or the last block of it
  std::string_view means;
};
std::span<const verb_row> verb_rows();
const verb_row& row_of(verb what);

struct operation {
  verb what = verb::tick;
  std::uint8_t device = 0;  // in the order in which devices are made
  bool at_last = false;     // at the last block of the device, else at the first
  friend bool operator==(const operation&, const operation&) = default;
};
std::string to_string(const operation& op);
std::optional<operation> parse_operation(std::string_view text);  // as to_string writes it

using history = std::vector<operation>;
std::string to_string(const history& of);  // "create 0, write-block 0 first"

// The sizes of the pool that histories are tried on. A device is one block
// longer than the pool is at first, so that a pool can run out of space.
struct pool_shape {
  std::string name;
  std::uint64_t data_blocks = 2;
  std::uint64_t metadata_blocks = 16384;
  std::uint64_t device_blocks = 3;
  sector block_sectors = 128;
  // The first block of the tail that discard-tail takes: 168 mappings are the
  // most that two leaves of a tree are merged with (Linux 6.1
  // dm-btree-remove.c), so that a root of one child is left.
  std::uint64_t tail_from = 1;
  std::vector<verb> verbs;  // the alphabet
  unsigned nr_devices = 2;  // that are operated on
};

// tiny, wide or tight; none for another name.
std::optional<pool_shape> shape_named(std::string_view name);
inline constexpr std::string_view shape_names = "tiny, wide, tight";

// Every operation of the alphabet that `shape` has.
std::vector<operation> alphabet_of(const pool_shape& shape);

}  // namespace sim::explore
