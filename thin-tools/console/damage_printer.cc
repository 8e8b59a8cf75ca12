#include "thin-tools/console/damage_printer.h"

#include <fmt/format.h>

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/console/output.h"

namespace thin_tools {

void damage_printer::found(const pdata::damage& finding) {
  if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) return;
  if (finding.in_snapshot && read_ == pdata::which_metadata::active) return;
  const auto number = ++found_[finding.id];
  if (wanted_ == messages::all || (wanted_ == messages::grouped && number <= named_max))
    print(stderr, pdata::describe(finding) + "\n");
}

damage_printer::~damage_printer() {
  if (wanted_ != messages::grouped) return;
  for (const auto& [id, number] : found_)
    if (number > named_max)
      print(stderr, fmt::format("and {} more of the kind {}, {} in all; run thin_check\n",
                                number - named_max, pdata::catalogue_row(id).name, number));
}

}  // namespace thin_tools
