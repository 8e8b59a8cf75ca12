#include "thin-tools/report/damage_printer.h"

#include "persistent-data/damage/damage_catalogue.h"
#include "thin-tools/report/output.h"

namespace thin_tools {

void damage_printer::found(const pdata::damage& finding) {
  if (pdata::catalogue_row(finding.id).severity != pdata::severity::fatal) return;
  if (finding.in_snapshot && !reads_snapshot_) return;
  any_ = true;
  if (!quiet_) print(stderr, pdata::describe(finding) + "\n");
}

}  // namespace thin_tools
