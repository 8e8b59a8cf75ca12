#include "sim/replay/size_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/block.h"
#include "sim/replay/command_files.h"
#include "sim/replay/replay_options.h"
#include "sim/replay/smallest_pool.h"
#include "thin-tools/console/output.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/page/human_numbers.h"

namespace sim {

using namespace thin_tools::page;

namespace {

using thin_tools::command_line;

const thin_tools::command_syntax syntax{
    .name = "thin_sim size",
    .summary = "find the smallest pool and metadata that suffice for block traces",
    .operands = "TRACE...",
    .options = replay::size_option_rows(),
};

constexpr std::uint64_t extent_bytes = 4 << 20;      // LVM2's, if nothing else is said
constexpr std::uint64_t lvm_metadata_min = 2 << 20;  // of a pool of LVM2

std::uint64_t in_extents(std::uint64_t bytes) {
  return pdata::div_up(bytes, extent_bytes) * extent_bytes;
}

std::string size_line(std::string_view what, const replay::smallest_size& size,
                      std::uint64_t block_bytes) {
  return fmt::format("{:<9} {} blocks of {} ({}, {} sectors) suffice{}\n", what,
                     with_separators(size.blocks), bytes_text(block_bytes),
                     bytes_text(size.blocks * block_bytes),
                     with_separators(size.blocks * block_bytes / pdata::sector_bytes),
                     size.one_less_is_short ? ", one block less does not" : "");
}

std::string text_of(const replay::smallest_pool& found) {
  const auto data_block = found.block_sectors * pdata::sector_bytes;
  const auto metadata_bytes = found.metadata.blocks * pdata::block_size;
  std::string text = size_line("data", found.data, data_block);
  text += size_line("metadata", found.metadata, pdata::block_size);
  text += fmt::format(
      "in use at most: {} data blocks with ample space; {} metadata blocks, and {} that the kernel "
      "keeps in reserve\n",
      with_separators(found.data_blocks_max), with_separators(found.metadata_blocks_max),
      with_separators(found.metadata_reserve));
  text += fmt::format(
      "in extents of LVM2 (4 MiB): data {}, metadata {}\nThis is what this trace needed, found in "
      "{} replays; a pool needs room to grow.\n",
      bytes_text(in_extents(found.data.blocks * data_block)),
      bytes_text(in_extents(std::max(metadata_bytes, lvm_metadata_min))), found.replays);
  return text;
}

std::string json_of(const replay::smallest_pool& found) {
  const auto size = [](const replay::smallest_size& s, std::uint64_t block_bytes) {
    return nlohmann::ordered_json{{"blocks", s.blocks},
                                  {"block_bytes", block_bytes},
                                  {"bytes", s.blocks * block_bytes},
                                  {"one_less_is_short", s.one_less_is_short}};
  };
  const nlohmann::ordered_json document = {
      {"format", "thin_sim size"},
      {"version", 1},
      {"data", size(found.data, found.block_sectors * pdata::sector_bytes)},
      {"metadata", size(found.metadata, pdata::block_size)},
      {"data_blocks_max", found.data_blocks_max},
      {"metadata_blocks_max", found.metadata_blocks_max},
      {"metadata_reserve_blocks", found.metadata_reserve},
      {"replays", found.replays}};
  return document.dump(1) + "\n";
}

int run(const command_line& line) {
  replay::passes held;
  replay::admit_files(line, "trace", held);
  const auto found = replay::find_smallest_pool(replay::parse_settings(line));
  if (const auto path = line.value("json"))
    thin_tools::write_output_file(replay::json_role, *path, json_of(found));
  thin_tools::print(stdout, text_of(found));
  return thin_tools::exit_good;
}

}  // namespace

const thin_tools::command thin_sim_size_command{&syntax, run};

}  // namespace sim
