// thin_dump: binary metadata as text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "persistent-data/stream/pool_reader.h"

namespace thin_tools {

enum class dump_format : std::uint8_t { xml, human_readable, json };

struct dump_options {
  dump_format format = dump_format::xml;
  pdata::layout_options layout;
  pdata::stream_options stream;

  // Instead of the superblock's, in the output.
  std::optional<std::uint64_t> transaction_id;
  std::optional<std::uint32_t> data_block_size;
  std::optional<std::uint64_t> nr_data_blocks;

  std::optional<std::string> output;  // none: standard output
};

// Returns true if the dump is whole. If not, standard output has what was read
// up to the damage, an output file does not appear, and the damage went to
// `findings`. What a dump that salvages has lost is described to `tell` before it
// begins. Throws error.
bool dump(const std::string& input, const dump_options& options, pdata::damage_sink& findings,
          const std::function<void(const std::string& losses)>& tell);

}  // namespace thin_tools
