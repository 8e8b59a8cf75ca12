// Runs of mappings: consecutive virtual blocks on consecutive data blocks,
// mapped at one time. Leaves are decoded to runs where they are read; runs that
// go on in the next leaf are joined in key order.
#pragma once

#include <string>
#include <vector>

#include "persistent-data/base/run_joiner.h"
#include "persistent-data/btree/leaf_stream.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/stream/metadata_stream.h"

namespace pdata {

// True if `next` goes on where `run` ends.
inline bool continues(const mapping_run& run, const mapping_run& next) {
  return next.begin == run.begin + run.length && next.data_begin == run.data_begin + run.length &&
         next.time == run.time;
}

inline bool join(mapping_run& open, const mapping_run& next) {
  const bool joins = continues(open, next);
  if (joins) open.length += next.length;
  return joins;
}

// Calls visit(run) for the maximal runs of one leaf of a mapping tree. Not by a run_joiner, with
// which thin_delta takes an eighth more CPU time: this is done for every mapping.
template <class Visit>
void for_each_run(const node_view& leaf, Visit visit) {
  const std::uint32_t nr_entries = leaf.nr_entries();
  if (nr_entries == 0) return;
  const auto entry = [&leaf](std::uint32_t i) {
    const auto [block, time] = unpack_mapping(leaf.value_u64(i));
    return mapping_run{leaf.key(i), block, 1, time};
  };
  mapping_run open = entry(0);
  for (std::uint32_t i = 1; i < nr_entries; ++i) {
    const mapping_run next = entry(i);
    if (join(open, next)) continue;
    visit(open);
    open = next;
  }
  visit(open);
}

// A leaf for a stream of mappings: its first and last run, which neighbours may
// continue, and between them either the runs or what the sink made of them.
class mapping_digest : public leaf_digest {
 public:
  mapping_digest(const node_view& leaf, const metadata_sink& sink);
  std::size_t bytes() const override;

  // Passes the leaf on, joined to what came before.
  template <class Emit>
  void send(run_joiner<mapping_run, Emit>& joiner, metadata_sink& sink) const {
    if (nr_runs_ == 0) return;
    joiner.add(first_);
    if (nr_runs_ > 2) {
      joiner.finish();
      if (!rendered_.empty()) sink.rendered_runs(rendered_);
      for (const auto& run : middle_) joiner.add(run);
    }
    if (nr_runs_ > 1) joiner.add(last_);
  }

 private:
  std::size_t nr_runs_ = 0;
  mapping_run first_;
  mapping_run last_;
  std::vector<mapping_run> middle_;
  std::string rendered_;
};

}  // namespace pdata
