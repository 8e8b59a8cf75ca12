#include "thin-tools/restore/restore.h"

#include "thin-tools/files/metadata_output.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

void restore(const restore_options& options, const warning_listener& warn,
             restore_progress& progress) {
  refuse_same_file(options.input, options.output);
  const auto output = open_output_device(options.output);
  const auto pool = read_stream_file(options.input, options.overrides, warn, progress);

  const auto how = plan_pool(*pool, *output, options.share);
  progress.writing = true;
  write_pool(*pool, *output, how);
}

}  // namespace thin_tools
