// Findings on standard error, a line each, for tools whose main output is
// something else. What is merely suspicious is left to thin_check.
#pragma once

#include "persistent-data/format/damage.h"

namespace thin_tools {

class damage_printer : public pdata::damage_sink {
 public:
  // Findings in a metadata snapshot count only for a tool that reads one.
  damage_printer(bool reads_snapshot, bool quiet)
      : reads_snapshot_(reads_snapshot), quiet_(quiet) {}

  void found(const pdata::damage& finding) override;
  bool any() const { return nr_found_ != 0; }

 private:
  // Where every device shares a damaged node, each has a finding for it.
  static constexpr std::size_t named_max = 10000;

  bool reads_snapshot_;
  bool quiet_;
  std::size_t nr_found_ = 0;
};

}  // namespace thin_tools
