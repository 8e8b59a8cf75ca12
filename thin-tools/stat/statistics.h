// The numbers of thin_stat: how often blocks are referred to, and how long the
// runs are that mappings consist of.
#pragma once

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/space-map/space_map_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/stat/histogram.h"

namespace thin_tools {

struct count_statistics {
  histogram counts;  // stored counts of 1 and more
  bool damaged = false;
};

struct run_statistics {
  // Consecutive virtual blocks on consecutive data blocks within a leaf. Each
  // distinct leaf counts once, however many devices have it.
  histogram lengths;
  std::uint64_t nr_leaves = 0;
  bool damaged = false;
};

// Damage goes to the sink; what can be read is still counted.
count_statistics count_references(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                                  pdata::space_map_kind kind, pdata::damage_sink& sink);
run_statistics measure_runs(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            pdata::damage_sink& sink);

void write_statistics(const count_statistics& found, text_sink& to);
void write_statistics(const run_statistics& found, text_sink& to);

}  // namespace thin_tools
