// Runs of mappings: consecutive virtual blocks on consecutive data blocks,
// mapped at one time. Leaves are decoded to runs where they are read; runs that
// go on in the next leaf are joined in key order.
#pragma once

#include <string>
#include <vector>

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

// Calls visit(run) for the maximal runs of one leaf of a mapping tree.
template <class Visit>
void for_each_run(const node_view& leaf, Visit visit) {
  mapping_run run;
  for (std::uint32_t i = 0; i < leaf.nr_entries(); ++i) {
    const auto [block, time] = unpack_mapping(leaf.value_u64(i));
    const mapping_run next{leaf.key(i), block, 1, time};
    if (run.length != 0 && continues(run, next)) {
      ++run.length;
      continue;
    }
    if (run.length != 0) visit(run);
    run = next;
  }
  if (run.length != 0) visit(run);
}

// Joins runs that arrive piece by piece: emit(run) gets the maximal ones.
template <class Emit>
class run_joiner {
 public:
  explicit run_joiner(Emit emit) : emit_(std::move(emit)) {}

  void add(const mapping_run& next) {
    if (open_.length != 0 && continues(open_, next)) {
      open_.length += next.length;
      return;
    }
    finish();
    open_ = next;
  }

  // No more runs come that could continue the last one.
  void finish() {
    if (open_.length != 0) emit_(open_);
    open_.length = 0;
  }

 private:
  Emit emit_;
  mapping_run open_;
};

// A leaf for a stream of mappings: its first and last run, which neighbours may
// continue, and between them either the runs or what the sink made of them.
class mapping_digest : public leaf_digest {
 public:
  mapping_digest(const node_view& leaf, const metadata_sink& sink);
  std::size_t bytes() const override;

  // Passes the leaf on, joined to what came before.
  template <class Emit>
  void send(run_joiner<Emit>& joiner, metadata_sink& sink) const {
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
