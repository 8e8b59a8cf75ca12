// The two small trees that say which devices there are, read as far as they can
// be read.
#pragma once

#include <map>
#include <vector>

#include "persistent-data/base/key_range.h"
#include "persistent-data/format/device_details.h"
#include "persistent-data/io/batch_reader.h"

namespace thin_tools {

struct top_level {
  std::map<pdata::device_id, pdata::metadata_block> roots;
  std::vector<pdata::key_range> lost;  // device ids behind damaged nodes
  bool damaged() const { return !lost.empty(); }
};

struct details_table {
  std::map<pdata::device_id, pdata::device_details> devices;
  std::vector<pdata::key_range> lost;
  bool damaged() const { return !lost.empty(); }
};

top_level read_top_level(pdata::batch_reader& reader, pdata::metadata_block root,
                         pdata::metadata_block nr_blocks);
details_table read_details(pdata::batch_reader& reader, pdata::metadata_block root,
                           pdata::metadata_block nr_blocks);

// The roots that the leaves of top level trees name. Trees may share leaves: each
// leaf is asked once.
std::vector<pdata::metadata_block> trees_named_by(pdata::batch_reader& reader,
                                                  const std::vector<pdata::metadata_block>& tops,
                                                  pdata::metadata_block nr_blocks);

// Adds what the tree has and `to` does not.
void merge_top_level(top_level& to, const top_level& more);
void merge_details(details_table& to, const details_table& more);

}  // namespace thin_tools
