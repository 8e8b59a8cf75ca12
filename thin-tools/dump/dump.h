// thin_dump: binary metadata as text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/gate/gate.h"

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

// What a dump opens, let in before anything is.
struct dump_passes {
  pass input;
  std::optional<pass> output;
};
dump_passes admit_dump(const std::string& input, const dump_options& options);

// Writes contents to the sink; returns whether they are whole.
using contents_writer = std::function<bool(pdata::metadata_sink& to)>;

// Opens the output and lets `write` fill it in the format of the options. Returns
// what it returns; an output file appears only if that is true. Throws error.
[[nodiscard]] bool write_dump(const dump_options& options, const std::optional<pass>& output,
                              const contents_writer& write);

// Returns true if the dump is whole. If not, standard output has what was read
// up to the damage, an output file does not appear, and the damage went to
// `findings`. Throws error.
[[nodiscard]] bool dump(const std::string& input, const dump_options& options,
                        pdata::damage_sink& findings);

}  // namespace thin_tools
