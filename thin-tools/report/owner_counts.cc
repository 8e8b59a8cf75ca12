#include "thin-tools/report/owner_counts.h"

#include "persistent-data/format/mapping_value.h"
#include "thin-tools/report/bins.h"
#include "thin-tools/report/block_owners.h"

namespace thin_tools::report {

using namespace pdata;

owner_counts::owner_counts(const tree_sharing& sharing, std::uint32_t clock, std::size_t nr_owners,
                           unsigned nr_workers)
    : sharing_(sharing),
      clock_(clock),
      workers_(nr_workers,
               leaf_counts{.times = std::vector<std::uint64_t>(bin_of(clock_, clock_) + 1),
                           .together = disjoint_sets(nr_owners)}),
      set_used_(std::make_unique<std::atomic<bool>[]>(sharing.nr_sets())) {}

void owner_counts::count(unsigned worker, node_index leaf, const node_view& node) {
  const auto id = sharing_.owners_of(leaf);
  if (id == no_owners) return;
  const owner_set& owners = sharing_.set(id);
  auto& counts = workers_[worker];
  for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
    const auto time = unpack_mapping(node.value_u64(i)).time;
    if (time > clock_)
      counts.ahead += owners.size;
    else
      counts.times[bin_of(time, clock_)] += owners.size;
  }
  if (claim_blocks(node, owners, counts)) set_used_[id].store(true, std::memory_order_relaxed);
}

void owner_counts::finish(pool_contents& to) {
  auto& all = together();
  for (std::size_t i = 1; i < workers_.size(); ++i) all.unite(workers_[i].together);
  for (owner_set_id id = 0; id < sharing_.nr_sets(); ++id)
    if (set_used_[id].load(std::memory_order_relaxed)) {
      const auto lowest = sharing_.set(id).ranges.front().begin;
      sharing_.set(id).for_each([&](std::uint32_t owner) { all.unite(lowest, owner); });
    }
  to.mapping_times = bins_up_to(clock_);
  for (const auto& counts : workers_) {
    for (std::size_t i = 0; i < counts.times.size(); ++i)
      to.mapping_times[i].count += counts.times[i];
    to.mappings_ahead += counts.ahead;
    to.mappings_beyond += counts.beyond;
  }
}

namespace {

template <class Number>
class owner_counts_with : public owner_counts {
 public:
  owner_counts_with(const tree_sharing& sharing, const pool_layout& layout, std::size_t nr_owners,
                    const batch_reader& reader)
      : owner_counts(sharing, layout.chosen().time, nr_owners, reader.nr_workers()),
        blocks_(layout.nr_data_blocks) {}

  void for_each_run(const run_visitor& visit) const override { blocks_.for_each_run(visit); }

 private:
  bool claim_blocks(const node_view& node, const owner_set& owners, leaf_counts& counts) override {
    const auto block_at = [&](std::uint32_t i) { return unpack_mapping(node.value_u64(i)).block; };
    const auto lowest = owners.ranges.front().begin;
    constexpr std::uint32_t ahead = 16;
    bool any = false;
    for (std::uint32_t i = 0; i < node.nr_entries(); ++i) {
      if (i + ahead < node.nr_entries()) blocks_.prefetch(block_at(i + ahead));
      const auto block = block_at(i);
      if (block >= blocks_.nr_blocks()) {
        counts.beyond += owners.size;
        continue;
      }
      any = true;
      if (const auto other = blocks_.claim(
              block, lowest,
              owners.size > 1 ? page::mapped_by::several : page::mapped_by::one_device))
        counts.together.unite(lowest, *other);
    }
    return any;
  }

  block_owners<Number> blocks_;
};

}  // namespace

std::unique_ptr<owner_counts> make_owner_counts(const tree_sharing& sharing,
                                                const pool_layout& layout, std::size_t nr_owners,
                                                const batch_reader& reader) {
  const auto make = [&]<class Number>(Number) -> std::unique_ptr<owner_counts> {
    return std::make_unique<owner_counts_with<Number>>(sharing, layout, nr_owners, reader);
  };
  if (nr_owners <= block_owners<std::uint8_t>::owners_max) return make(std::uint8_t{});
  if (nr_owners <= block_owners<std::uint16_t>::owners_max) return make(std::uint16_t{});
  return make(std::uint32_t{});
}

}  // namespace thin_tools::report
