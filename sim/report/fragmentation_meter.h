// Measures how mappings lie on the data device: runs of blocks that follow each
// other on the thin and on the data device.
#pragma once

#include <optional>

#include "sim/report/replay_report.h"

namespace sim::report {

class fragmentation_meter {
 public:
  // Mappings come device by device, ascending by thin block.
  void begin_device();
  void mapping(pdata::thin_block thin, pdata::data_block data);
  fragmentation finish();

 private:
  void end_run();

  struct place {
    pdata::thin_block thin;
    pdata::data_block data;
  };

  fragmentation found_;
  std::optional<place> last_;
  std::uint64_t run_ = 0;
};

}  // namespace sim::report
