// A pool in terms of B-tree nodes: for each device the nodes that hold its
// mappings, and the nodes that belong to no device any more. A node stands for
// all below it and is whole: where a tree is damaged, its whole subtrees are
// listed. Nodes below a listed node are not listed.
#pragma once

#include <optional>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

struct ll_dump_options {
  // Where orphans are looked for.
  pdata::metadata_block begin = 0;
  std::optional<pdata::metadata_block> end;  // exclusive; none: the last block, too
};

// XML as thin_ll_dump 0.9.0 writes it. Damage goes to the sink: it is what keeps
// nodes from being listed.
void ll_dump(pdata::batch_reader& reader, const pdata::pool_layout& layout,
             const ll_dump_options& options, text_sink& to, pdata::damage_sink& findings);

}  // namespace thin_tools
