// Sinks for those to whom findings are no report.
#pragma once

#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"

namespace pdata {

// For findings that are known already, or drawn from what does not come.
struct silent_sink : damage_sink {
  void found(const damage&) override {}
};

// Keeps them.
struct damage_list : damage_sink {
  void found(const damage& finding) override { findings.push_back(finding); }
  std::vector<damage> findings;
};

// Ends the reading by an error that describes the first fatal one.
struct refusing_sink : damage_sink {
  void found(const damage& finding) override {
    if (catalogue_row(finding.id).severity == severity::fatal)
      throw error(describe(finding) + " (run thin_check for details)");
  }
};

}  // namespace pdata
