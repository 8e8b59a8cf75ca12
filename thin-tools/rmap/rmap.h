// thin_rmap: from blocks of the data device to the devices that map them. Every
// device is listed, also where devices share the nodes of their trees.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/owned_leaves.h"
#include "persistent-data/survey/pool_layout.h"
#include "persistent-data/survey/small_trees.h"
#include "thin-tools/rmap/leaf_runs.h"
#include "thin-tools/rmap/region.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// Consecutive data blocks that one device maps at consecutive virtual blocks.
struct reverse_run {
  pdata::data_block data_begin = 0;
  std::uint64_t length = 0;
  pdata::device_id device = 0;
  pdata::thin_block thin_begin = 0;

  friend bool operator==(const reverse_run&, const reverse_run&) = default;
};

using reverse_run_visitor = std::function<void(const reverse_run&)>;

// The runs in parts, so that they never have to be in memory one by one, nor
// sorted as a whole.
class reverse_map {
 public:
  // Requires joined regions. Damage goes to the sink, the rest is still mapped.
  reverse_map(pdata::batch_reader& reader, const pdata::pool_layout& layout,
              const std::vector<region>& regions, pdata::damage_sink& sink);

  bool is_damaged() const { return damaged_; }  // there may be more
  std::size_t nr_parts() const { return regions_.nr_parts(); }
  // The first part that has runs; nr_parts() if none has.
  std::size_t first_part() const;
  // Runs are maximal within the regions. They come by data block, end, device,
  // virtual block, and so do the parts. Any thread may ask.
  void visit(std::size_t part, const reverse_run_visitor& visit) const;

 private:
  reverse_map(pdata::batch_reader& reader, const pdata::pool_layout& layout,
              const pdata::top_level& table, const std::vector<region>& regions,
              pdata::damage_sink& sink);

  std::span<const reverse_run> joined(std::size_t part) const;
  void expand(const leaf_run& run, std::vector<reverse_run>& to) const;
  void join_edges();

  region_index regions_;
  pdata::owned_leaves forest_;
  std::vector<leaf_runs> by_worker_;
  std::vector<reverse_run> joined_;  // of the edges, in order
  bool damaged_ = false;
};

// "data 10..15 -> thin(1) 0..5" lines.
void write_text(const reverse_map& found, text_sink& to);
// {"complete": true, "mappings": [{"data_begin": 10, "data_end": 15, "dev_id": 1,
// "thin_begin": 0, "thin_end": 5}, ...]}
void write_json(const reverse_map& found, text_sink& to);

}  // namespace thin_tools
