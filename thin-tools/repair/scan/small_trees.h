// The two small trees where repair puts several together.
#pragma once

#include <vector>

#include "persistent-data/survey/small_trees.h"

namespace thin_tools {

using pdata::details_table;
using pdata::top_level;

// The roots that the leaves of top level trees name. Trees may share leaves: each
// leaf is asked once.
std::vector<pdata::metadata_block> trees_named_by(pdata::batch_reader& reader,
                                                  const std::vector<pdata::metadata_block>& tops,
                                                  pdata::metadata_block nr_blocks);

// Adds what the tree has and `to` does not.
void merge_top_level(top_level& to, const top_level& more);
void merge_details(details_table& to, const details_table& more);

}  // namespace thin_tools
