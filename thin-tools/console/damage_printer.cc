#include "thin-tools/console/damage_printer.h"

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/console/output.h"

namespace thin_tools {

void damage_printer::found(const pdata::damage& finding) {
  if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) return;
  if (finding.in_snapshot && !reads_snapshot_) return;
  ++nr_found_;
  if (quiet_ || nr_found_ > named_max) return;
  print(stderr, pdata::describe(finding) + "\n");
  if (nr_found_ == named_max) print(stderr, "further damage is not named; run thin_check\n");
}

}  // namespace thin_tools
