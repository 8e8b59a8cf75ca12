#include "sim/trace/parse_everything.h"

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "sim/trace/trace_reader.h"

namespace sim::trace {

namespace {

// What every reader promises of every request, however it came about.
void check_request(const io_request& request, const trace_reader& reader,
                   std::uint64_t last_time_ns) {
  REQUIRE(request.time_ns >= last_time_ns);
  REQUIRE(request.device < reader.devices().size());
  REQUIRE((request.nr_sectors == 0) == (request.op == io_op::flush));
  REQUIRE(request.sector <= device_sectors_max);
  REQUIRE(request.nr_sectors <= device_sectors_max - request.sector);
}

std::size_t count_requests(std::span<const std::byte> bytes, const trace_options& options) {
  std::size_t count = 0;
  try {
    const auto reader = open_trace_bytes(bytes, options);
    io_request request;
    std::uint64_t last_time_ns = 0;
    for (; reader->next(request); ++count) {
      check_request(request, *reader, last_time_ns);
      last_time_ns = request.time_ns;
    }
  } catch (const pdata::error&) {
    // The bytes are no such trace, and that was said.
  }
  return count;
}

}  // namespace

std::size_t parse_everything(std::span<const std::byte> bytes) {
  std::size_t count = count_requests(bytes, {});
  for (const trace_format format :
       {trace_format::blktrace, trace_format::blkparse, trace_format::fio, trace_format::vscsi,
        trace_format::msr, trace_format::alibaba, trace_format::tencent, trace_format::csv}) {
    trace_options options;
    options.format = format;
    count += count_requests(bytes, options);
    options.strict = true;
    count += count_requests(bytes, options);
  }
  trace_options options;
  options.columns = "time_us,op,offset_sectors,length,device";
  count += count_requests(bytes, options);
  return count;
}

}  // namespace sim::trace
