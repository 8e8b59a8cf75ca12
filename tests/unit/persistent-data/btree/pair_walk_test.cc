// Which blocks a comparison of two trees reads.
#include "persistent-data/btree/pair_walk.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/survey/pool_layout.h"
#include "tests/unit/support/kernel_images.h"
#include "tests/unit/support/pool_audit.h"

namespace pdata {
namespace {

// Remembers which blocks were asked for. Blocks between them may be read, too:
// the reader is not judged here, so each read of one is passed on alone.
class noting_device : public block_device {
 public:
  explicit noting_device(memory_device& below) : below_(below) {}
  metadata_block nr_blocks() const override { return below_.nr_blocks(); }
  status read(metadata_block first, std::span<std::byte> to) override {
    if (to.size() > block_size) return status(EIO);  // the reader asks again, block by block
    const std::lock_guard lock(mutex_);
    blocks.insert(first);
    return below_.read(first, to);
  }
  status write(metadata_block, std::span<const std::byte>) override { return status(EROFS); }
  status flush() override { return success; }

  std::set<metadata_block> blocks;

 private:
  memory_device& below_;
  std::mutex mutex_;
};

class empty_digest : public leaf_digest {
 public:
  std::size_t bytes() const override { return sizeof *this; }
};

std::set<metadata_block> blocks_read(memory_device& image, metadata_block left,
                                     metadata_block right) {
  noting_device device(image);
  batch_reader reader(device);
  tree_graph graph(reader, mapping_tree_shape, image.nr_blocks());
  graph.add_differing(std::array{left, right});
  tree_judge judge(graph);
  pair_walk walk(graph, judge, left, right, nodes_in_both::skip);
  leaf_stream stream(reader, mapping_tree_shape,
                     [](block_view, const node_view&) { return std::make_unique<empty_digest>(); });
  EXPECT_TRUE(
      stream.run([&] { return walk.next(); },
                 [](const leaf_step&, const leaf_digest* digest) { return digest != nullptr; }));
  return device.blocks;
}

TEST(pair_walk, leaves_what_both_trees_share_unread) {
  std::size_t nr_shared = 0;
  for (const auto& name : test_support::kernel_image_names()) {
    auto image = test_support::load_kernel_image(name);
    batch_reader reader(image);
    std::vector<metadata_block> roots;
    struct : damage_sink {
      void found(const damage&) override { ADD_FAILURE(); }
    } none;
    const auto layout = read_layout(image, name, {}, none);
    for_each_entry(reader, top_level_tree_shape, layout.mapping_root, image.nr_blocks(),
                   which_metadata::active, none,
                   [&](std::uint64_t, std::span<const std::byte> value) {
                     roots.push_back(decode_u64(value));
                   });
    for (std::size_t i = 1; i < roots.size(); ++i) {
      const auto left = test_support::read_whole_tree(image, roots[0], 8).nodes;
      const auto right = test_support::read_whole_tree(image, roots[i], 8).nodes;
      std::set<metadata_block> differing;
      std::ranges::set_symmetric_difference(left, right, std::inserter(differing, differing.end()));
      nr_shared += left.size() + right.size() - differing.size();
      auto extra = blocks_read(image, roots[0], roots[i]);
      for (const auto block : differing) EXPECT_EQ(extra.erase(block), 1U) << name << ' ' << i;
      // A way down to a leaf tells how high the trees are.
      EXPECT_LE(extra.size(), 1U) << name << ' ' << i;
    }
  }
  EXPECT_GT(nr_shared, 0U);
}

TEST(pair_walk, reads_nothing_of_a_tree_held_against_itself) {
  auto image = test_support::load_kernel_image("sequential");
  const auto root = superblock::load(image.at(0).view()).mapping_root;
  EXPECT_TRUE(blocks_read(image, root, root).empty());
}

}  // namespace
}  // namespace pdata
