#include "persistent-data/stream/mapping_runs.h"

namespace pdata {

mapping_digest::mapping_digest(const node_view& leaf, const metadata_sink& sink) {
  thread_local std::vector<mapping_run> middle;
  middle.clear();
  for_each_run(leaf, [&](const mapping_run& run) {
    ++nr_runs_;
    if (nr_runs_ == 1) {
      first_ = run;
      return;
    }
    if (nr_runs_ > 2) middle.push_back(last_);
    last_ = run;
  });
  if (middle.empty()) return;
  if (sink.renders_runs())
    rendered_ = sink.render(middle);
  else
    middle_ = middle;
}

std::size_t mapping_digest::bytes() const {
  return sizeof *this + middle_.capacity() * sizeof(mapping_run) + rendered_.capacity();
}

}  // namespace pdata
