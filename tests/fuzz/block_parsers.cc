// Any 4096 bytes may come from a device: what reads a block must neither crash
// nor leave it, and a node that parses can be read to its last entry.
#include <algorithm>
#include <cstdlib>
#include <variant>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/validate.h"

namespace {

using namespace pdata;

void read_node(const node_view& node) {
  for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
    if (node.find(node.key(i)) != i) std::abort();
    if (node.value(i).size() != node.value_size()) std::abort();
  }
}

void read_superblock(block_view block) {
  const superblock read = superblock::load(block);
  block_buffer copy;
  std::ranges::copy(block, copy.bytes.begin());
  read.store(copy.span());
  if (!(superblock::load(copy.view()) == read)) std::abort();
}

void read_bitmap(block_view block) {
  block_buffer copy;
  for (std::uint32_t slot = 0; slot < entries_per_bitmap; ++slot)
    set_bitmap_count(copy.span(), slot, bitmap_count(block, slot));
  for (std::uint64_t slot = 0; slot < max_metadata_bitmaps; ++slot)
    store_index_entry(copy.span(), slot, load_index_entry(block, slot));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  block_buffer block;
  std::copy_n(reinterpret_cast<const std::byte*>(data), std::min(size, block_size),
              block.bytes.begin());
  for (const auto kind :
       {block_kind::superblock, block_kind::btree_node, block_kind::index, block_kind::bitmap}) {
    (void)validate(block.view(), kind, 0);
    block_buffer sealed = block;
    seal(sealed.span(), kind, 7);
    if (identify(sealed.view()) != kind || validate(sealed.view(), kind, 7)) std::abort();
  }
  if (const auto node = node_view::parse(block.view()); std::holds_alternative<node_view>(node))
    read_node(std::get<node_view>(node));
  read_superblock(block.view());
  read_bitmap(block.view());
  return 0;
}
