#include "persistent-data/damage/damage_catalogue.h"

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

constexpr std::array structure_names{
    "superblock",
    "device details tree",
    "top level mapping tree",
    "mapping tree",
    "metadata space map index",
    "metadata space map bitmap",
    "metadata space map overflow tree",
    "data space map index tree",
    "data space map bitmap",
    "data space map overflow tree",
};

std::string kind_name(std::uint64_t kind) {
  return kind < nr_block_kinds ? block_kind_name(static_cast<block_kind>(kind)) : "unknown block";
}

std::string describe_loss(const damage& finding) {
  const key_range& lost = *finding.lost;
  const bool devices = finding.where == structure::top_level_tree ||
                       finding.where == structure::details_tree;
  const char* what = finding.where == structure::mapping_tree ? "virtual blocks"
                     : devices                                 ? "devices"
                                                               : "entries";
  if (!lost.end) return fmt::format("{} from {} on are lost", what, lost.begin);
  return fmt::format("{} [{}, {}) are lost", what, lost.begin, *lost.end);
}

}  // namespace

std::span<const damage_row> damage_catalogue() { return rows; }

const damage_row& catalogue_row(damage_id id) {
  const auto index = static_cast<std::size_t>(id);
  REQUIRE(index < rows.size());
  return rows[index];
}

std::string describe_place(const damage& finding) {
  std::string place = finding.in_snapshot ? "metadata snapshot's " : "";
  place += structure_names[static_cast<std::size_t>(finding.where)];
  if (finding.device) place += fmt::format(" of device {}", *finding.device);
  return place;
}

std::string describe(const damage& finding) {
  std::string line = describe_place(finding);
  if (finding.location) line += fmt::format(", block {}", *finding.location);
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
