// The differences of two devices as text: XML as both peers write it, or JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/delta/comparer.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// What is compared: a device, or the tree at a root.
struct delta_side {
  bool is_root = false;
  std::uint64_t number = 0;
};

struct delta_header {
  pdata::stream_superblock superblock;
  std::optional<pdata::metadata_block> metadata_snap;
  delta_side left;
  delta_side right;
};

class delta_writer {
 public:
  virtual ~delta_writer() = default;
  virtual void begin(const delta_header& header) = 0;
  virtual void piece(const delta_piece& piece) = 0;
  virtual void end() = 0;
};

// One element for each range of virtual blocks of a kind; data_blocks: an element
// for each range that is consecutive in the data, too, grouped by kind.
std::unique_ptr<delta_writer> make_xml_delta_writer(text_sink& sink, delta_detail detail);

// {"superblock": {...}, "left": {"dev_id": 1}, "right": {"root": 9},
//  "differences": [{"kind": "same", "begin": 0, "length": 5}, ...]}
// data_blocks adds data_begin, or left_data_begin and right_data_begin, and splits
// ranges as the XML does.
std::unique_ptr<delta_writer> make_json_delta_writer(text_sink& sink, delta_detail detail);

}  // namespace thin_tools
