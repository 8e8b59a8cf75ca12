#include "sim/replay/trace_survey.h"

#include <algorithm>

#include "persistent-data/base/error.h"

namespace sim::replay {

trace_survey survey_traces(std::span<const std::string> paths,
                           const trace::trace_options& options) {
  if (std::ranges::find(paths, "-") != paths.end())
    throw pdata::error(
        "standard input is read only once: give the sizes with --pool and --thin, or "
        "--pool-size and --thin-size");
  const auto reader = trace::open_traces(paths, options);
  trace_survey found;
  trace::io_request request;
  while (reader->next(request)) {
    if (request.device >= found.devices.size()) found.devices.resize(request.device + 1);
    auto& device = found.devices[request.device];
    device.end = std::max(device.end, request.sector + request.nr_sectors);
    found.duration_ns = request.time_ns;
    if (request.op != trace::io_op::write && request.op != trace::io_op::write_zeroes) continue;
    ++found.writes;
    found.written_sectors += request.nr_sectors;
  }
  for (std::uint32_t i = 0; i < found.devices.size(); ++i)
    found.devices[i].name = reader->devices().name(i);
  return found;
}

}  // namespace sim::replay
