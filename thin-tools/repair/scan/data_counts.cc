#include "thin-tools/repair/scan/data_counts.h"

#include <algorithm>

#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/space-map/space_map_reader.h"

namespace thin_tools {

namespace {

// What a map of which only the roots are known cannot say is no contradiction.
struct contradiction_sink : pdata::damage_sink {
  explicit contradiction_sink(bool total_known) : total_is_known(total_known) {}
  void found(const pdata::damage& finding) override {
    const bool total = finding.id == pdata::damage_id::nr_allocated ||
                       finding.id == pdata::damage_id::nr_allocated_high;
    any = any || !total || total_is_known;
  }
  bool total_is_known;
  bool any = false;
};

}  // namespace

data_comparison compare_data_counts(const repair_request& input, const pdata::space_map_root& root,
                                    const pdata::ref_counts& mapped) {
  const auto limit = input.nr_blocks * pdata::entries_per_bitmap;
  pdata::space_map_reader map(input.reader, pdata::space_map_kind::data, root,
                              std::min(root.nr_blocks, limit), input.nr_blocks);
  pdata::ref_counts ignored(input.nr_blocks);
  contradiction_sink sink(root.nr_allocated != 0);
  map.open(ignored, sink);
  pdata::count_differences differences;
  data_comparison result;
  result.complete = map.compare(mapped, differences, sink).complete;
  result.consistent = result.complete && !sink.any;
  result.total_known = root.nr_allocated != 0;
  result.nr_too_high = differences.blocks_too_high();
  result.nr_too_low = differences.blocks_too_low();
  result.runs = differences.runs();
  return result;
}

std::optional<std::unordered_map<pdata::data_block, std::uint32_t>> mapped_too_often(
    const repair_request& input, const pdata::space_map_root& map,
    std::span<const pdata::metadata_block> leaves) {
  const auto limit = input.nr_blocks * pdata::entries_per_bitmap;
  leaf_census census(std::min(map.nr_blocks, limit), input.reader.nr_workers());
  census.count(input.reader, leaves);
  const auto compared = compare_data_counts(input, map, census.counts());
  if (!compared.sound()) return std::nullopt;
  std::unordered_map<pdata::data_block, std::uint32_t> too_often;
  for (const auto& run : compared.runs)
    if (!run.too_high())
      for (auto b = run.begin; b < run.end; ++b) too_often[b] = run.stored;
  return too_often;
}

}  // namespace thin_tools
