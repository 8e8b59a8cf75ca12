// The findings of a check: all are counted, the first ones kept.
#pragma once

#include <vector>

#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/check/check.h"

namespace thin_tools {

class finding_list : public pdata::damage_sink {
 public:
  // Where every device shares a damaged node, each has a finding for it: enough
  // to work with, and a bound for memory and time.
  static constexpr std::size_t kept_max = 10000;

  explicit finding_list(check_report& report) : report_(report) {}

  void found(const pdata::damage& finding) override {
    switch (pdata::catalogue_row(finding.id).severity) {
      case pdata::severity::fatal:
        ++report_.nr_fatal;
        break;
      case pdata::severity::leak:
        ++report_.nr_leaks;
        break;
      case pdata::severity::tolerable:
        ++report_.nr_tolerable;
        break;
    }
    if (full())
      ++report_.nr_unlisted;
    else
      report_.findings.push_back(finding);
  }

  bool full() const { return report_.findings.size() >= kept_max; }

 private:
  check_report& report_;
};

}  // namespace thin_tools
