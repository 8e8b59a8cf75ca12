// thin_delta: what two devices, or two states of one, do not have in common.
// Memory does not grow with the devices' mappings; leaves that both share are
// read once, or not at all.
#pragma once

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/survey/pool_layout.h"
#include "thin-tools/delta/delta_writer.h"

namespace thin_tools {

struct delta_options {
  delta_side left;
  delta_side right;
  bool skip_same = false;  // leave out what is the same; shared subtrees are not read
  delta_detail detail = delta_detail::data_blocks;  // which pieces are one
};

// Returns false if damage ended it, which went to the sink. Throws error if
// there is no such device.
[[nodiscard]] bool find_delta(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                              const delta_options& options, delta_writer& to,
                              pdata::damage_sink& damage_to);

}  // namespace thin_tools
