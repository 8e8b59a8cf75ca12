// A volume of a pool as something to copy from: where its blocks are, and what tells it apart.
#pragma once

#include <optional>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/files/data_device.h"
#include "thin-tools/transfer/piece_reader.h"

namespace thin_tools {

struct source_volume {
  pdata::device_id device = 0;
  volume_runs map;
  digest_value fingerprint;
  std::uint64_t mapped_bytes = 0;
  pdata::data_block data_end = 0;  // one past the highest data block that is mapped
};

// `volume_bytes`: up to the last mapped block if it is not given. Throws error where the pool
// has no such device, or its mappings are damaged: what is copied would not be the volume.
source_volume find_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                          pdata::device_id device, std::optional<std::uint64_t> volume_bytes);

// A piece of a volume beside the same of another one, its base.
struct piece_pair {
  std::uint64_t index = 0;
  piece_plan wanted;  // of the volume; without extents if nothing is mapped
  bool changed = false;
  std::vector<piece_extent> to_write;  // what the volume maps and the base does not, or elsewhere
  std::vector<piece_extent> to_clear;  // what only the base maps; `from` means nothing
};

// The pieces that either has mapped, in order, up to the end of the volume. Without a base all
// that is mapped is to be written.
class pair_walk {
 public:
  pair_walk(const volume_runs& volume, const volume_runs* base, std::uint64_t first_piece = 0);
  std::optional<piece_pair> next();

 private:
  const volume_runs& volume_;
  bool has_base_;
  piece_walk walk_;
  std::optional<piece_walk> base_walk_;
  std::optional<piece_plan> next_;
  std::optional<piece_plan> next_of_base_;
};

}  // namespace thin_tools
