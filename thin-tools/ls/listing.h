// The rows of thin_ls as a table or as JSON.
#pragma once

#include "persistent-data/survey/metadata_usage.h"
#include "thin-tools/ls/fields.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

struct listing {
  std::vector<const ls_field*> fields;
  std::uint64_t sectors_per_block = 0;
  pdata::metadata_usage metadata;
  bool headers = true;
  std::string more_members;  // of the JSON: each with a comma behind it
};

// Cells are as wide as the widest of their column and end in a space, as in
// both peers.
void write_table(const pool_usage& usage, const listing& wanted, text_sink& to);

// {"complete": true, "devices": [{"dev": 0, "mapped_blocks": 650, ...}]}: the
// members are the fields in lower case, all numbers; sizes are in bytes. Before the
// devices comes how full the metadata is.
void write_json(const pool_usage& usage, const listing& wanted, text_sink& to);

}  // namespace thin_tools
