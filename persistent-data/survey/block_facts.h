// What a block of metadata is by its own account, in the words of thin_scan.
#pragma once

#include <cstdint>
#include <string_view>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"

namespace pdata {

enum class block_type : std::uint8_t {
  unknown,  // no checksum of thin metadata fits
  superblock,
  btree_internal,
  btree_leaf,
  btree_unknown,  // a node that says neither
  index_block,
  bitmap_block,
};

std::string_view block_type_name(block_type type);

struct block_facts {
  block_type type = block_type::unknown;
  // The block stands where it says, and if it is a node, it is sound by itself.
  bool valid = false;
  std::uint32_t value_size = 0;  // of nodes
  std::uint64_t blocknr = 0;     // where the block says it stands; 0 of unknown ones

  bool known() const { return type != block_type::unknown; }
  bool is_node() const {
    return type == block_type::btree_internal || type == block_type::btree_leaf ||
           type == block_type::btree_unknown;
  }
};

block_facts examine_block(block_view bytes, metadata_block location);

// How many bytes of a block stand in text: in rows of at least four printable
// characters. What overwrote metadata is often a log or a configuration file.
std::uint64_t count_text_bytes(block_view bytes);

}  // namespace pdata
