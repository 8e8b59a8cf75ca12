#include "persistent-data/btree/node_store.h"

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/node_editor.h"

namespace pdata {

metadata_block node_store::write(node_kind kind, const entry_list& entries, std::size_t first,
                                 std::size_t count) {
  const metadata_block location = out_.next();
  const std::uint32_t max_entries = max_node_entries(entries.value_size());
  REQUIRE(count <= max_entries);
  auto node = node_editor::format(out_.append(block_kind::btree_node), kind, entries.value_size(),
                                  max_entries);
  node.set_nr_entries(static_cast<std::uint32_t>(count));
  node.set_entries(entries.keys(first, count), entries.values(first, count));
  return location;
}

metadata_block node_store::write_leaf(const entry_list& entries, std::size_t first,
                                      std::size_t count) {
  return write(node_kind::leaf, entries, first, count);
}

metadata_block node_store::write_internal(const entry_list& entries, std::size_t first,
                                          std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) count_(entries.value_u64(i));
  return write(node_kind::internal, entries, first, count);
}

}  // namespace pdata
