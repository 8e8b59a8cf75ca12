#include "thin-tools/files/opened_pool.h"

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "thin-tools/files/metadata_file.h"

namespace thin_tools {

pdata::pool_layout layout_of(pdata::file_device& device, const pdata::layout_options& options,
                             pdata::damage_sink& findings) {
  // Findings wait until it is clear that there is no error, which would repeat the
  // last of them.
  pdata::damage_list waiting;
  auto asked_for = options;
  asked_for.snapshot_location.reset();
  auto layout = pdata::read_layout(device, device.path(), asked_for, waiting);
  if (options.snapshot_location.value_or(layout.snapshot_location) != layout.snapshot_location)
    throw pdata::error("'" + device.path() +
                       "': metadata snapshot does not match that in superblock (block " +
                       std::to_string(layout.snapshot_location) + ")");
  for (const auto& finding : waiting.findings) findings.found(finding);
  return layout;
}

opened_pool::opened_pool(const std::string& path, const pdata::layout_options& options,
                         pdata::damage_sink& findings)
    : opened_pool(admit(metadata_request(path)), options, findings) {}

opened_pool::opened_pool(const pass& admitted, const pdata::layout_options& options,
                         pdata::damage_sink& findings)
    : device(open_metadata(admitted,
                           options.from_snapshot ? pass::claim::shared : pass::claim::exclusive)),
      layout(layout_of(*device, options, findings)),
      reader(*device) {}

}  // namespace thin_tools
