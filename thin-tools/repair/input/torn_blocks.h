// Blocks of which some 512-byte sectors were not written: they still hold what lay there before.
//
// A node is a changed copy of an older one, which is often still on the device and has most
// sectors in common with it. So the missing sectors are looked for in blocks that share at
// least one other sector with the torn one. The torn block's first sector holds the checksum of
// the whole: it proves which sectors belong together, and where more than one whole
// satisfies it, none is taken.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "persistent-data/format/block.h"
#include "persistent-data/format/checksum.h"

namespace thin_tools {

struct rebuilt_block {
  pdata::block_buffer bytes;
  pdata::metadata_block source = 0;  // where the missing sectors were
  unsigned nr_sectors = 0;           // how many they are
};

class torn_blocks {
 public:
  // Each torn block is compared with every other block: beyond so many none is tried.
  static constexpr std::size_t candidates_max = 256;

  explicit torn_blocks(pdata::metadata_block nr_blocks) : nr_blocks_(nr_blocks) {}

  // A block that names its place and whose checksum is wrong. Any thread.
  void consider(pdata::metadata_block location, pdata::block_view bytes);
  bool any() const { return !candidates_.empty() && candidates_.size() <= candidates_max; }

  // A sound block that may have what is missing. Any thread; not while blocks are considered.
  void offer(pdata::metadata_block location, pdata::block_view bytes);

  // When all were offered.
  const rebuilt_block* rebuilt(pdata::metadata_block location) const;

 private:
  struct candidate {
    pdata::metadata_block location = 0;
    pdata::block_buffer bytes;
    std::unique_ptr<rebuilt_block> result;
    bool ambiguous = false;
  };

  void try_sectors(candidate& torn, pdata::metadata_block source, pdata::block_view bytes,
                   const std::vector<unsigned>& differing);

  pdata::metadata_block nr_blocks_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<candidate>> candidates_;
};

}  // namespace thin_tools
