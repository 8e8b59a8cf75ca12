// Who refers to the blocks of a metadata device: superblocks, index blocks and
// nodes, whether they are in use or left over. A root or child that lies outside
// the device refers to nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/block_facts.h"

namespace thin_tools {

struct block_reference {
  pdata::metadata_block to = 0;
  pdata::metadata_block from = 0;
  std::uint32_t entry = 0;  // of an index block or node
  std::string_view field;   // of a superblock; else empty

  friend bool operator==(const block_reference&, const block_reference&) = default;
};

class reference_list {
 public:
  // Of one block no more are kept, so that no image makes the list grow without
  // bound; they are still counted.
  static constexpr std::uint32_t kept_max = 256;

  // References to blocks from `begin` on, below `end`. Requires a reader with
  // one worker, and end at most the size of its device.
  reference_list(pdata::batch_reader& reader, pdata::metadata_block begin,
                 pdata::metadata_block end);

  // In the order of the blocks that refer.
  std::span<const block_reference> to(pdata::metadata_block location) const;
  std::uint64_t count(pdata::metadata_block location) const {
    return counts_[pdata::to_size(location - begin_)];
  }

 private:
  void take_block(pdata::block_view bytes, pdata::metadata_block location);
  void take_superblock(pdata::block_view bytes, pdata::metadata_block location);
  void take_node(pdata::block_view bytes, pdata::metadata_block location);
  void take_devices(pdata::batch_reader& reader);
  void add(const block_reference& reference);

  pdata::metadata_block begin_;
  std::vector<std::uint32_t> counts_;
  std::vector<block_reference> references_;  // sorted when complete
  std::vector<pdata::metadata_block> top_level_roots_;
};

}  // namespace thin_tools
