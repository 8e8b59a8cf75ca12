// What tools say of how full a pool's metadata is.
#pragma once

#include <fmt/format.h>

#include <string>

#include "persistent-data/survey/metadata_usage.h"

namespace thin_tools {

inline std::string usage_sentence(const pdata::metadata_usage& usage) {
  return fmt::format("{} of {} metadata blocks are used, the kernel keeps {} in reserve",
                     usage.used, usage.total, usage.reserve);
}

// A line for who must know; empty if there is room.
inline std::string full_remark(const pdata::metadata_usage& usage) {
  if (!usage.full()) return "";
  return "the metadata is full (" + usage_sentence(usage) +
         "): extend the metadata device before the pool is used\n";
}

// The member that JSON reports have.
inline std::string usage_json(const pdata::metadata_usage& usage) {
  return fmt::format(
      "\"metadata_blocks\": {{\"total\": {}, \"used\": {}, \"reserve\": {}, \"full\": {}}}",
      usage.total, usage.used, usage.reserve, usage.full());
}

}  // namespace thin_tools
