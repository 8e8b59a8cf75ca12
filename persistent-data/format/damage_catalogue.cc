#include "persistent-data/format/damage_catalogue.h"

#include <fmt/format.h>

#include <array>

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

namespace {

constexpr std::array rows{
#define X(id, level, words) damage_row{#id, severity::level, words},
    PDATA_DAMAGE_CATALOGUE(X)
#undef X
};

struct structure_row {
  std::string_view id;
  std::string_view words;
};

constexpr std::array structures{
    structure_row{"superblock", "superblock"},
    structure_row{"details_tree", "device details tree"},
    structure_row{"top_level_tree", "top level mapping tree"},
    structure_row{"mapping_tree", "mapping tree"},
    structure_row{"metadata_index", "metadata space map index"},
    structure_row{"metadata_bitmap", "metadata space map bitmap"},
    structure_row{"metadata_overflow_tree", "metadata space map overflow tree"},
    structure_row{"data_index_tree", "data space map index tree"},
    structure_row{"data_bitmap", "data space map bitmap"},
    structure_row{"data_overflow_tree", "data space map overflow tree"},
};

const structure_row& row_of(structure where) { return structures[static_cast<std::size_t>(where)]; }

std::string kind_name(std::uint64_t kind) {
  return kind < nr_block_kinds ? block_kind_name(static_cast<block_kind>(kind)) : "unknown block";
}

std::string describe_loss(const damage& finding) {
  const key_range& lost = *finding.lost;
  const bool devices =
      finding.where == structure::top_level_tree || finding.where == structure::details_tree;
  const char* what = finding.where == structure::mapping_tree ? "virtual blocks"
                     : devices                                ? "devices"
                                                              : "entries";
  if (lost == key_range{}) return fmt::format("all {} are lost", what);
  if (!lost.end) return fmt::format("{} from {} on are lost", what, lost.begin);
  return fmt::format("{} [{}, {}) are lost", what, lost.begin, *lost.end);
}

std::string describe_blocks(const damage& finding) {
  const bool metadata = finding.where == structure::metadata_index ||
                        finding.where == structure::metadata_bitmap ||
                        finding.where == structure::metadata_overflow_tree;
  const char* what = metadata ? "metadata" : "data";
  const key_range& blocks = *finding.blocks;
  if (blocks.end == blocks.begin + 1) return fmt::format("{} block {}", what, blocks.begin);
  if (!blocks.end) return fmt::format("{} blocks from {} on", what, blocks.begin);
  return fmt::format("{} blocks [{}, {})", what, blocks.begin, *blocks.end);
}

}  // namespace

std::span<const damage_row> damage_catalogue() { return rows; }

const damage_row& catalogue_row(damage_id id) {
  const auto index = static_cast<std::size_t>(id);
  REQUIRE(index < rows.size());
  return rows[index];
}

std::string_view structure_id(structure where) { return row_of(where).id; }

std::string_view severity_id(severity level) {
  switch (level) {
    case severity::leak:
      return "leak";
    case severity::tolerable:
      return "tolerable";
    case severity::fatal:
      break;
  }
  return "fatal";
}

std::string describe_place(const damage& finding) {
  std::string place = finding.in_snapshot ? "metadata snapshot's " : "";
  place += row_of(finding.where).words;
  if (finding.device) place += fmt::format(" of device {}", *finding.device);
  return place;
}

std::string describe(const damage& finding) {
  std::string line = describe_place(finding);
  if (finding.location) line += fmt::format(", block {}", *finding.location);
  if (finding.blocks) line += ", " + describe_blocks(finding);
  line += ": ";
  line += fmt::format(fmt::runtime(catalogue_row(finding.id).words),
                      fmt::arg("expected", finding.expected), fmt::arg("actual", finding.actual),
                      fmt::arg("expected_kind", kind_name(finding.expected)),
                      fmt::arg("actual_kind", kind_name(finding.actual)),
                      fmt::arg("errno", errno_text(static_cast<int>(finding.actual))));
  if (finding.lost && !finding.lost->empty()) line += "; " + describe_loss(finding);
  return line;
}

}  // namespace pdata
