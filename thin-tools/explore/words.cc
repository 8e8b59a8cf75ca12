#include "thin-tools/explore/words.h"

#include <fmt/format.h>

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/io/validate.h"
#include "thin-tools/page/human_numbers.h"

namespace thin_tools::explore {

using namespace pdata;
using namespace thin_tools::page;

// The catalogue's words, without the place that describe() puts before them.
std::string fault_words(const node_fault& fault) {
  const damage finding{.id = fault.id, .expected = fault.expected, .actual = fault.actual};
  const auto text = describe(finding);
  const auto where = describe_place(finding);
  return text.starts_with(where + ": ") ? text.substr(where.size() + 2) : text;
}

std::string times_words(std::uint64_t count) { return count == 0 ? "as free" : times_text(count); }

std::string range_words(const key_range& range) {
  if (!range.end) return fmt::format("{} and all above", with_separators(range.begin));
  if (range.empty()) return "nothing";
  if (*range.end == range.begin + 1) return with_separators(range.begin);
  return fmt::format("{} to {}", with_separators(range.begin), with_separators(*range.end - 1));
}

std::string tree_words(const tree_shape& shape) {
  switch (shape.what) {
    case structure::details_tree:
      return "device details tree";
    case structure::top_level_tree:
      return "top level tree";
    case structure::data_index_tree:
      return "index of the data space map";
    case structure::data_overflow_tree:
      return "data counts of three and more";
    case structure::metadata_overflow_tree:
      return "metadata counts of three and more";
    default:
      return "mapping tree";
  }
}

std::optional<place> place_of(const damage& finding) {
  if (finding.location) return block_place{*finding.location};
  if (finding.device)
    return device_place{finding.in_snapshot ? view::snapshot : view::active, *finding.device};
  if (finding.blocks) {
    const bool data = finding.where == structure::data_bitmap ||
                      finding.where == structure::data_overflow_tree ||
                      finding.where == structure::data_index_tree;
    if (data) return data_place{finding.blocks->begin};
    return block_place{finding.blocks->begin};
  }
  return std::nullopt;
}

}  // namespace thin_tools::explore
