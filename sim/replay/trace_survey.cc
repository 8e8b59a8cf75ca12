#include "sim/replay/trace_survey.h"

#include <sys/stat.h>

#include <algorithm>

namespace sim::replay {

std::string first_read_once(std::span<const std::string> paths) {
  for (const auto& path : paths) {
    struct stat about {};
    if (path == "-") return "standard input";
    // A directory is not read at all, which the reader says.
    if (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode) &&
        !S_ISDIR(about.st_mode))
      return "'" + path + "'";
  }
  return {};
}

trace_survey survey_trace(trace::trace_reader& reader) {
  trace_survey found;
  trace::io_request request;
  while (reader.next(request)) {
    if (request.device >= found.devices.size()) found.devices.resize(request.device + 1);
    auto& device = found.devices[request.device];
    device.end = std::max(device.end, request.sector + request.nr_sectors);
    found.duration_ns = request.time_ns;
    if (request.op != trace::io_op::write && request.op != trace::io_op::write_zeroes) continue;
    ++found.writes;
    found.written_sectors += request.nr_sectors;
  }
  for (std::uint32_t i = 0; i < found.devices.size(); ++i)
    found.devices[i].name = reader.devices().name(i);
  return found;
}

}  // namespace sim::replay
