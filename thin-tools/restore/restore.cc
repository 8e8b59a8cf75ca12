#include "thin-tools/restore/restore.h"

#include "thin-tools/report/output_device.h"
#include "thin-tools/restore/overriding_sink.h"
#include "thin-tools/restore/pool_output.h"

namespace thin_tools {

void restore(const restore_options& options, const warning_listener& warn,
             restore_progress& progress) {
  refuse_same_file(options.input, options.output);
  const auto output = open_output_device(options.output);
  pdata::stream_spool spool;
  pdata::stream_validator proof(spool);
  overriding_sink overrides(proof, options);
  read_stream_file(options.input, overrides, proof, warn, progress);

  const auto how = plan_pool(spool, *output, options.share);
  progress.writing = true;
  write_pool(spool, *output, how);
}

}  // namespace thin_tools
