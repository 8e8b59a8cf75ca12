#include "thin-tools/explore/block_users.h"

#include <algorithm>
#include <mutex>

#include "persistent-data/btree/tree_judge.h"
#include "persistent-data/btree/tree_sharing.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools::explore {

using namespace pdata;

namespace {

struct found_entry_in_leaf {
  node_index leaf = 0;
  thin_block thin = 0;
  std::uint32_t time = 0;
};

void search(pool_source& pool, const known_devices& devices, data_block block, block_users& found) {
  std::vector<device_id> ids;
  std::vector<metadata_block> roots;
  for (const auto& device : devices.list)
    if (device.root) {
      ids.push_back(device.id);
      roots.push_back(*device.root);
    }
  tree_graph graph(pool.reader(), mapping_tree_shape, pool.nr_blocks());
  graph.add(roots, nullptr);
  std::mutex mutex;
  std::vector<found_entry_in_leaf> entries;
  graph.read_leaves([&](const visited_leaf& leaf) {
    for (std::uint32_t i = 0; i < leaf.node.nr_entries(); ++i) {
      const auto here = unpack_mapping(leaf.node.value_u64(i));
      if (here.block != block) continue;
      const std::lock_guard lock(mutex);
      entries.push_back({leaf.index, leaf.node.key(i), here.time});
    }
  });
  // Owners by what is known now that the leaves were read.
  tree_judge judge(graph);
  const tree_sharing sharing(graph, judge, roots);
  for (const auto root : roots) found.complete &= !judge.verdict(root).damaged;
  std::ranges::sort(entries, {}, [](const auto& e) { return std::pair(e.leaf, e.thin); });
  for (const auto& entry : entries) {
    const auto& owners = sharing.set(sharing.owners_of(entry.leaf));
    found.entries += owners.size != 0;
    found.count += owners.size;
    owners.for_each([&](std::uint32_t owner) {
      if (found.list.size() < block_users::listed_max)
        found.list.push_back({ids[owner], entry.thin, entry.time, graph.node(entry.leaf).location});
    });
  }
  std::ranges::sort(found.list, {}, [](const auto& u) { return std::pair(u.device, u.thin); });
}

}  // namespace

block_users find_users(pool_source& pool, view of, data_block block) {
  const auto& devices = pool.devices(of);
  block_users found;
  found.complete = devices.findings.empty();
  pool.run_long("looking for the owners", [&] { search(pool, devices, block, found); });
  return found;
}

}  // namespace thin_tools::explore
