// Blocks, owners and times: everything about leaves that depends on who owns them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "persistent-data/btree/tree_sharing.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/page/data_map.h"
#include "thin-tools/report/disjoint_sets.h"
#include "thin-tools/report/pool_picture.h"

namespace thin_tools::report {

class owner_counts {
 public:
  using run_visitor = std::function<void(pdata::data_block first, std::uint64_t count,
                                         std::uint32_t owner, page::mapped_by)>;

  owner_counts(const pdata::tree_sharing& sharing, std::uint32_t clock, std::size_t nr_owners,
               unsigned nr_workers);
  virtual ~owner_counts() = default;

  // Several workers at once.
  void count(unsigned worker, pdata::node_index leaf, const pdata::node_view& node);
  // After all leaves: times, and mappings beyond the data device.
  void finish(pool_contents& to);

  // Who shares with whom; after finish().
  disjoint_sets& together() { return workers_.front().together; }
  // Runs of blocks that are owned alike; after all leaves.
  virtual void for_each_run(const run_visitor& visit) const = 0;

 protected:
  // What one worker counts.
  struct leaf_counts {
    std::vector<std::uint64_t> times;  // mappings of all devices, by bin
    std::uint64_t ahead = 0;
    std::uint64_t beyond = 0;
    disjoint_sets together;
  };
  // True if the leaf maps any block of the data device.
  virtual bool claim_blocks(const pdata::node_view& node, const pdata::owner_set& owners,
                            leaf_counts& counts) = 0;

 private:
  const pdata::tree_sharing& sharing_;
  std::uint64_t clock_;
  std::vector<leaf_counts> workers_;
  std::unique_ptr<std::atomic<bool>[]> set_used_;
};

// Owners are the positions of devices in the list that `sharing` was made of.
std::unique_ptr<owner_counts> make_owner_counts(const pdata::tree_sharing& sharing,
                                                const pdata::pool_layout& layout,
                                                std::size_t nr_owners,
                                                const pdata::batch_reader& reader);

}  // namespace thin_tools::report
