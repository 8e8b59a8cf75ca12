// Random pools with snapshots that went their own ways, damaged in several nodes at
// once: nothing that comes back is wrong, what can be reached still is all there,
// and the result is sound and no larger.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>

#include "persistent-data/base/error.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/engine/pool.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/memory_device.h"
#include "tests/unit/support/mapping_collector.h"
#include "thin-tools/check/check.h"
#include "thin-tools/repair/history/root_choice.h"
#include "thin-tools/repair/output/plan_stream.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"
#include "thin-tools/repair/scan/small_trees.h"

namespace thin_tools {
namespace {

using pdata::device_id;
using pdata::memory_device;
using pdata::metadata_block;
using pdata::thin_block;

constexpr metadata_block nr_blocks = 1024;
constexpr std::uint64_t nr_data_blocks = 200000;

using contents = std::map<device_id, std::map<thin_block, std::uint64_t>>;

void expect_success(pdata::status outcome) { RC_ASSERT(outcome.ok()); }

// Devices of few and many mappings, dense and sparse, and snapshots of any of them.
class pool_maker {
 public:
  pool_maker(memory_device& device, std::uint64_t seed) : random_(seed) {
    pool_ = std::move(*pdata::pool_metadata::open(device, {.data_block_size = 128}));
    expect_success(pool_->resize_data(nr_data_blocks));
  }

  void make() {
    const bool large = random_() % 8 == 0;  // three levels
    const auto nr_steps = 4 + random_() % 8;
    add_thin(large ? 17000 : 200 + random_() % 3000);
    for (std::uint64_t step = 0; step < nr_steps; ++step) {
      if (random_() % 3 == 0) add_thin(random_() % 2000);
      if (random_() % 2 == 0) add_snapshot();
      overwrite(1 + random_() % 300);
      if (random_() % 4 == 0) expect_success(pool_->commit());
      if (random_() % 16 == 0 && *pool_->held_root() == 0)
        expect_success(pool_->reserve_metadata_snapshot());
    }
    // Closing alone writes no details of devices that are closed, in the kernel, too.
    expect_success(pool_->commit());
    expect_success(pool_->close());
  }

 private:
  void add_thin(std::uint64_t count) {
    const auto id = next_id_++;
    expect_success(pool_->create_thin(id));
    expect_success(pool_->commit());
    const auto spread = 1 + random_() % 3;
    ends_[id] = count * spread + 1;
    with(id, [&](pdata::thin_device* device) {
      for (std::uint64_t n = 0; n < count; ++n) map(device, n * spread);
    });
  }
  void add_snapshot() {
    const auto origin = any_id();
    const auto id = next_id_++;
    expect_success(pool_->create_snap(id, origin));
    ends_[id] = ends_[origin];
    expect_success(pool_->commit());
  }
  void overwrite(std::uint64_t count) {
    const auto id = any_id();
    const auto begin = random_() % ends_[id];
    const auto width = 1 + random_() % ends_[id];
    with(id, [&](pdata::thin_device* device) {
      for (std::uint64_t n = 0; n < count; ++n) map(device, begin + random_() % width);
    });
  }
  device_id any_id() { return random_() % next_id_; }

  template <class Use>
  void with(device_id id, Use use) {
    auto opened = pool_->open_device(id);
    RC_ASSERT(opened.ok());
    use(*opened);
    pool_->close_device(*opened);
  }
  void map(pdata::thin_device* device, thin_block block) {
    const auto data = pool_->alloc_data_block();
    RC_ASSERT(data.ok());
    expect_success(pool_->insert_block(device, block, *data));
  }

  std::mt19937_64 random_;
  std::unique_ptr<pdata::pool_metadata> pool_;
  device_id next_id_ = 0;
  std::map<device_id, thin_block> ends_;
};

contents read_contents(memory_device& device) {
  pdata::batch_reader reader(device, 1);
  contents all;
  const auto pool = read_superblock(reader, 0, device.nr_blocks());
  if (!pool) return all;
  const auto top = read_top_level(reader, pool->mapping_root, device.nr_blocks());
  for (const auto& [id, root] : top.roots) {
    auto& mappings = all[id];
    pdata::silent_sink sink;
    pdata::for_each_entry(reader, pdata::mapping_tree_shape, root, device.nr_blocks(),
                          pdata::which_metadata::active, sink,
                          [&](thin_block block, std::span<const std::byte> value) {
                            mappings[block] = pdata::decode_u64(value);
                          });
  }
  return all;
}

// Nodes of mapping trees, the internal ones more often than there are of them.
std::vector<metadata_block> targets(memory_device& device) {
  pdata::batch_reader reader(device, 1);
  const auto pool = *read_superblock(reader, 0, device.nr_blocks());
  std::vector<metadata_block> tops{pool.mapping_root};
  if (pool.held_root != 0)
    tops.push_back(read_superblock(reader, pool.held_root, device.nr_blocks())->mapping_root);
  std::set<metadata_block> roots;
  for (const auto top : tops)
    for (const auto& [id, root] : read_top_level(reader, top, device.nr_blocks()).roots)
      roots.insert(root);
  const std::vector<metadata_block> list(roots.begin(), roots.end());
  pdata::tree_graph graph(reader, pdata::mapping_tree_shape, device.nr_blocks());
  const pdata::leaf_visitor ignore = [](const pdata::visited_leaf&) {};
  graph.add(list, &ignore);
  std::vector<metadata_block> found;
  for (pdata::node_index i = 0; i < graph.nr_nodes(); ++i)
    for (int n = graph.node(i).state == pdata::node_state::internal ? 20 : 1; n > 0; --n)
      found.push_back(graph.node(i).location);
  return found;
}

// Every mapping of `part` is one of `whole`.
void expect_part(const contents& part, const contents& whole) {
  for (const auto& [id, mappings] : part) {
    RC_ASSERT(mappings.empty() || whole.contains(id));
    for (const auto& [block, value] : mappings) {
      const auto found = whole.at(id).find(block);
      RC_ASSERT(found != whole.at(id).end());
      RC_ASSERT(found->second == value);
    }
  }
}

// What thin_dump --repair shows is what thin_repair writes.
void expect_stream(repair_plan& plan, pdata::batch_reader& reader, bool defs,
                   const contents& written) {
  test_support::mapping_collector streamed;
  plan_device trees(plan, reader.device());
  pdata::batch_reader tree_reader(trees, reader.nr_workers());
  stream_plan(plan, trees, tree_reader, {.defs = defs}, streamed);
  RC_ASSERT(streamed.devices.size() == written.size());
  for (const auto& [id, mappings] : written) {
    const auto& table = streamed.devices.at(id);
    RC_ASSERT(table.size() == mappings.size());
    for (const auto& [block, value] : mappings)
      RC_ASSERT(table.at(block) == pdata::unpack_mapping(value));
  }
}

TEST(hole_filler, regains_nothing_wrong_and_loses_nothing_that_is_reached) {
  EXPECT_TRUE(rc::check([] {
    memory_device device(nr_blocks);
    pool_maker(device, *rc::gen::arbitrary<std::uint64_t>()).make();
    const auto before = read_contents(device);
    const auto nodes = targets(device);
    for (int n = *rc::gen::inRange(2, 7); n > 0; --n)
      device.at(nodes[*rc::gen::inRange<std::size_t>(0, nodes.size())]).bytes[2000] ^= std::byte{1};
    const auto reached = read_contents(device);
    pdata::batch_reader reader(device, 1);
    memory_device result(nr_blocks);
    repair_plan plan;
    try {
      plan = make_repair_plan(reader, "pool", {});
    } catch (const pdata::error&) {
      for (const auto& [id, mappings] : reached) RC_ASSERT(mappings.empty());
      return;
    }
    RC_ASSERT(blocks_needed(plan, reader, nr_blocks) <= nr_blocks);
    write_plan(plan, reader, result);
    const auto checked = check(result, "result", {});
    RC_ASSERT(checked.outcome() == verdict::healthy);
    const auto after = read_contents(result);
    expect_part(after, before);
    expect_part(reached, after);
    expect_stream(plan, reader, *rc::gen::arbitrary<bool>(), after);
  }));
}

}  // namespace
}  // namespace thin_tools
