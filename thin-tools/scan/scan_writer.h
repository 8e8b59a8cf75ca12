// The findings of a scan as text: a line for each run of equal neighbours, XML as
// thin_scan 0.9.0 writes it (what was asked for in addition stands inside the
// elements), or JSON.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "persistent-data/survey/raw_fields.h"
#include "thin-tools/scan/reference_list.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// What is told of a block only if asked for. Blocks that have some of it make
// runs of their own.
struct scan_extras {
  std::uint64_t nr_references = 0;
  std::span<const block_reference> references;
  std::vector<pdata::named_value> fields;
  std::vector<std::vector<pdata::named_value>> entries;
  std::optional<std::uint64_t> text_bytes;

  bool any() const {
    return nr_references != 0 || !fields.empty() || !entries.empty() || text_bytes.has_value();
  }
};

struct scanned_run {
  pdata::metadata_block begin = 0;
  std::uint64_t length = 1;
  pdata::block_facts facts;
  std::optional<std::uint32_t> ref_count;  // that the space map has; none: not known

  // True if the block after this run is like it.
  bool continued_by(const scanned_run& next) const;
};

class scan_writer {
 public:
  virtual ~scan_writer() = default;
  virtual void begin(pdata::metadata_block nr_blocks) = 0;
  virtual void run(const scanned_run& run, const scan_extras& extras) = 0;
  virtual void end() = 0;
};

std::unique_ptr<scan_writer> make_xml_scan_writer(text_sink& sink);
std::unique_ptr<scan_writer> make_json_scan_writer(text_sink& sink);
// Only lines that tell how much text unknown blocks hold.
std::unique_ptr<scan_writer> make_corruption_writer(text_sink& sink);

}  // namespace thin_tools
