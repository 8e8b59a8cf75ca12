// thin_dump: binary metadata as text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/gate/gate.h"

namespace thin_tools {

enum class dump_format : std::uint8_t { xml, human_readable, json };

using device_table = std::map<pdata::device_id, pdata::device_details>;
using device_filter = std::function<std::set<pdata::device_id>(const pdata::stream_superblock& pool,
                                                               const device_table& devices)>;

struct dump_options {
  dump_format format = dump_format::xml;
  pdata::layout_options layout;
  pdata::stream_options stream;

  // Instead of the superblock's, in the output.
  std::optional<std::uint64_t> transaction_id;
  std::optional<std::uint32_t> data_block_size;
  std::optional<std::uint64_t> nr_data_blocks;

  std::optional<std::string> output;  // none: standard output

  // Of a pool and all of its devices, which to leave out; stream.devices is made of it.
  // Throws error where that cannot be said.
  device_filter leave_out;
};

// What a dump opens, let in before anything is.
struct dump_passes {
  pass input;
  std::optional<pass> output;
};
dump_passes admit_dump(const std::string& input, const dump_options& options);

// The devices to stream, of those that there are. Throws error where one of those asked for
// is not there: `of` precedes the message.
std::optional<std::set<pdata::device_id>> choose_devices(const dump_options& options,
                                                         const pdata::stream_superblock& pool,
                                                         const device_table& devices,
                                                         const std::string& of);

// Writes contents to the sink; returns whether they are whole.
using contents_writer = std::function<bool(pdata::metadata_sink& to)>;

// Opens the output and lets `write` fill it in the format of the options. Returns
// what it returns; an output file appears only if that is true. Throws error.
[[nodiscard]] bool write_dump(const dump_options& options, const std::optional<pass>& output,
                              const contents_writer& write);

enum class dump_outcome : std::uint8_t {
  whole,    // or, where damage is gone on after, all that could be recovered
  damaged,  // standard output has what was read up to the damage, an output file does not appear
  unread,   // gone on after damage that is but a failed read: another read may give more
};

// Damage goes to `findings`. Throws error.
[[nodiscard]] dump_outcome dump(const std::string& input, const dump_options& asked,
                                pdata::damage_sink& findings);

}  // namespace thin_tools
