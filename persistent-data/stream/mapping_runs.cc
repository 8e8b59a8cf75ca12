#include "persistent-data/stream/mapping_runs.h"

namespace pdata {

mapping_digest::mapping_digest(const node_view& leaf, const metadata_sink& sink) {
  for_each_run(leaf, [&](const mapping_run& run) {
    ++nr_runs_;
    if (nr_runs_ == 1) {
      first_ = run;
      return;
    }
    if (nr_runs_ > 2) middle_.push_back(last_);
    last_ = run;
  });
  if (middle_.empty() || !sink.renders_runs()) return;
  rendered_ = sink.render(middle_);
  middle_ = {};
}

std::size_t mapping_digest::bytes() const {
  return sizeof *this + middle_.capacity() * sizeof(mapping_run) + rendered_.capacity();
}

}  // namespace pdata
