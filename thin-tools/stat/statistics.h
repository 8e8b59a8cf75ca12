// The numbers of thin_stat: how often blocks are referred to, and how long the
// runs are that mappings consist of.
#pragma once

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/space-map/space_map_reader.h"
#include "persistent-data/survey/metadata_usage.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/stat/histogram.h"

namespace thin_tools {

struct count_statistics {
  histogram counts;  // stored counts of 1 and more
  bool damaged = false;
};

struct run_statistics {
  // Consecutive virtual blocks of a device on consecutive data blocks, whatever leaves
  // and times they are of. What devices share counts for each of them.
  histogram lengths;
  std::uint64_t nr_devices = 0;
  bool damaged = false;
};

// Damage goes to the sink; what can be read is still counted.
count_statistics count_references(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                                  pdata::space_map_kind kind, pdata::damage_sink& sink);
run_statistics measure_runs(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            pdata::damage_sink& sink);

// {"op": "data_blocks", "complete": true, "metadata_blocks": {...}, "total": 9,
// "average": 1.00, "counts": [{"number": 1, "times": 9}]}
void write_json(const count_statistics& found, std::string_view op,
                const pdata::metadata_usage& usage, text_sink& to);
void write_json(const run_statistics& found, std::string_view op,
                const pdata::metadata_usage& usage, text_sink& to);

void write_statistics(const count_statistics& found, text_sink& to);
void write_statistics(const run_statistics& found, text_sink& to);

}  // namespace thin_tools
