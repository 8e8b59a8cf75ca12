#include "thin-tools/generate/metadata_leaks.h"

#include <fmt/format.h>

#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/engine/pool_trees.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

class leak_maker {
 public:
  leak_maker(pdata::block_device& device, const std::string& name, const pdata::pool_layout& layout)
      : device_(device), name_(name), layout_(layout), cache_(device), transaction_(cache_) {}

  void run(const planted_counts& planted) {
    auto& map = transaction_.metadata_map;
    expect(map.open(layout_.active.metadata_space_map));
    const auto picked = pick(planted);
    for (const auto block : picked) {
      for (auto count = planted.expected; count < planted.actual; ++count)
        expect(map.inc(block, block + 1));
      for (auto count = planted.expected; count > planted.actual; --count)
        expect(map.dec(block, block + 1));
    }
    for (const auto block : picked) {
      const auto count = map.count(block);
      if (!count.ok()) expect(count.failure());
      if (*count != planted.actual) expect(pdata::status(ENOSPC));  // it was taken meanwhile
    }
    commit();
  }

 private:
  void expect(pdata::status outcome) const {
    if (!outcome.ok())
      pdata::throw_errno("Couldn't change the space map of", name_, outcome.errno_value());
  }

  std::vector<metadata_block> pick(const planted_counts& planted) {
    pdata::batch_reader reader(device_);
    const auto& root = layout_.active.metadata_space_map;
    const auto nr_blocks =
        std::min<pdata::metadata_block>(root.nr_blocks, layout_.nr_metadata_blocks);
    pdata::ref_counts own(layout_.nr_metadata_blocks);
    pdata::silent_sink sink;
    pdata::space_map_reader(reader, pdata::space_map_kind::metadata, root, nr_blocks,
                            layout_.nr_metadata_blocks)
        .open(own, sink);
    std::vector<metadata_block> picked;
    for (auto block = nr_blocks; block > 1 && picked.size() < planted.nr_blocks;) {
      --block;  // never the superblock
      if (own.get(block) != 0) continue;
      const auto count = transaction_.metadata_map.count(block);
      if (!count.ok()) expect(count.failure());
      if (*count == planted.expected) picked.push_back(block);
    }
    if (picked.size() < planted.nr_blocks)
      throw pdata::error(fmt::format("'{}' has only {} blocks with a count of {} to choose from",
                                     name_, picked.size(), planted.expected));
    return picked;
  }

  void commit() {
    expect(transaction_.manager.pre_commit());
    auto first = cache_.write(pdata::superblock_location, pdata::block_kind::superblock);
    if (!first.ok()) expect(first.failure());
    auto fields = pdata::superblock::load(first->view());
    fields.metadata_space_map = transaction_.metadata_map.root();
    fields.store(first->span());
    expect(transaction_.manager.commit(std::move(*first)));
  }

  pdata::block_device& device_;
  const std::string& name_;
  const pdata::pool_layout& layout_;
  pdata::block_cache cache_;
  pdata::pool_transaction transaction_;
};

}  // namespace

void create_metadata_leaks(pdata::block_device& device, const std::string& name,
                           const pdata::pool_layout& layout, const planted_counts& planted) {
  leak_maker(device, name, layout).run(planted);
}

}  // namespace thin_tools
