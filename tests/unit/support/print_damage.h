// How a failed expectation shows a finding.
#pragma once

#include <ostream>

#include "persistent-data/format/damage_catalogue.h"

namespace pdata {

inline void PrintTo(const damage& finding, std::ostream* to) {
  *to << catalogue_row(finding.id).name << ": " << describe(finding) << " (" << finding.expected
      << ", " << finding.actual << ")";
}

}  // namespace pdata
