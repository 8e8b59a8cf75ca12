// What can be wrong with metadata, as values. A finding names the catalogue row
// (damage_catalogue.h), where it was found and what is lost by it; text is made
// from it at the very end. The code that finds damage decides nothing about
// severity or words.
#pragma once

#include <cstdint>
#include <optional>

#include "persistent-data/base/ids.h"
#include "persistent-data/base/key_range.h"

namespace pdata {

enum class damage_id : std::uint16_t;  // the rows of damage_catalogue.h

enum class severity : std::uint8_t {
  leak,       // space counted as used that nobody uses; harmless, repairable in place
  tolerable,  // suspicious, but the kernel and the tools work with it
  fatal,      // something is lost, or will be when the pool is used
};

// The structure of the format in which a finding was made.
enum class structure : std::uint8_t {
  superblock,
  details_tree,
  top_level_tree,
  mapping_tree,
  metadata_index,
  metadata_bitmap,
  metadata_overflow_tree,
  data_index_tree,
  data_bitmap,
  data_overflow_tree,
};

// Which metadata: the pool's own, or the metadata snapshot that it holds.
enum class which_metadata : std::uint8_t { active, snapshot };

struct damage {
  damage_id id{};
  structure where = structure::superblock;
  bool in_snapshot = false;                // in the held metadata snapshot
  std::optional<device_id> device;         // mapping trees: whose
  std::optional<metadata_block> location;  // the bad block
  std::optional<key_range> lost;           // keys that cannot be reached any more
  std::optional<key_range> blocks;         // space maps: the counted blocks concerned
  std::uint64_t expected = 0;              // meaning given by the catalogue row
  std::uint64_t actual = 0;

  friend bool operator==(const damage&, const damage&) = default;
};

// Receives findings one by one, in a deterministic order.
class damage_sink {
 public:
  virtual ~damage_sink() = default;
  virtual void found(const damage& finding) = 0;
};

}  // namespace pdata
