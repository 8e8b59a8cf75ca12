#include "thin-tools/restore/restore.h"

#include "thin-tools/files/output_device.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

void restore(const restore_options& options, const warning_listener& warn,
             const result_examiner& examine, restore_progress& progress) {
  const auto input = admit(text_request(options.input));
  new_metadata output(admit(output_device_request(options.output)));
  const auto pool = read_stream_file(input, options.overrides, warn, progress);

  const auto plan = plan_pool(*pool, output.device(), options.shared);
  progress.writing = true;
  if (write_pool(*pool, output, plan, examine)) warn(needs_check_remark);
}

}  // namespace thin_tools
