#include "thin-tools/repair/placement/agreed_leaf.h"

#include <memory>
#include <string>
#include <variant>

#include "persistent-data/base/error.h"
#include "persistent-data/format/btree_node.h"

namespace thin_tools {

using pdata::entry_list;

namespace {

// Of a leaf with 8-byte values.
entry_list read_entries(pdata::block_device& device, pdata::metadata_block location) {
  const auto block = std::make_unique<pdata::block_buffer>();
  const auto outcome = device.read(location, block->span());
  if (!outcome.ok())
    pdata::throw_errno("Couldn't read again block", std::to_string(location),
                       outcome.errno_value());
  const auto parsed = pdata::node_view::parse(block->view());
  const auto* leaf = std::get_if<pdata::node_view>(&parsed);
  if (leaf == nullptr || !leaf->is_leaf() || leaf->value_size() != pdata::child_value_bytes)
    throw pdata::error("block " + std::to_string(location) + " is no longer the leaf it was");
  entry_list entries(pdata::child_value_bytes);
  for (std::uint32_t i = 0; i < leaf->nr_entries(); ++i) entries.add(leaf->key(i), leaf->value(i));
  return entries;
}

}  // namespace

entry_list put_together(pdata::block_device& device, const agreed_part& part,
                        const value_filter& possible) {
  const auto offered = read_entries(device, part.sources.front());
  std::vector<std::uint32_t> nr_subtrees(offered.size(), 1);
  for (std::size_t s = 1; s < part.sources.size(); ++s) {
    const auto other = read_entries(device, part.sources[s]);
    std::size_t at = 0;
    for (std::size_t i = 0; i < offered.size(); ++i) {
      while (at < other.size() && other.key(at) < offered.key(i)) ++at;
      if (at < other.size() && offered.same_entry(i, other, at)) ++nr_subtrees[i];
    }
  }
  entry_list agreed(pdata::child_value_bytes);
  for (std::size_t i = 0; i < offered.size(); ++i)
    if (nr_subtrees[i] == part.nr_subtrees && offered.key(i) >= part.first_key &&
        offered.key(i) <= part.last_key && possible(offered.value_u64(i)))
      agreed.add(offered.key(i), offered.value(i));
  return agreed;
}

entry_list put_together(pdata::block_device& device, const agreed_leaf& leaf,
                        const value_filter& possible) {
  entry_list all(pdata::child_value_bytes);
  for (const auto& part : leaf.parts) {
    const auto entries = put_together(device, part, possible);
    for (std::size_t i = 0; i < entries.size(); ++i) all.add(entries.key(i), entries.value(i));
  }
  if (all.size() != leaf.nr_entries) throw pdata::error("the leaves changed while they were used");
  return all;
}

}  // namespace thin_tools
