// The raw contents of a block by the names that the on-disk format gives them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistent-data/format/field_table.h"
#include "persistent-data/survey/block_facts.h"

namespace pdata {

struct named_value {
  std::string_view name;
  std::uint64_t number = 0;
  std::string digits;  // in hexadecimal instead, of fields that are no number
};

// The table of a block's header; of an unknown block what every block begins with.
std::span<const field> fields_of(block_type type);

std::vector<named_value> list_fields(block_view bytes, block_type type);

// Index block: entries in use. Node that can be read: key and value of each entry,
// a value of known size field by field. Else none.
std::vector<std::vector<named_value>> list_entries(block_view bytes, block_type type);

}  // namespace pdata
