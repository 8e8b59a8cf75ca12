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
  for (const format_row& row : format_table()) {
    trace_options options;
    options.format = row.format;
    count += count_requests(bytes, options);
    options.strict = true;
    options.wait = iolog_wait::pause_us;
    options.events = event_kind::complete;
    count += count_requests(bytes, options);
  }
  trace_options options;
  for (const char* columns :
       {"time_us,op,offset_sectors,length,device", "time,offset_4096_hex,length_kib op=write",
        "device,device,time_filetime,flush,fua,offset,length,op delimiter=space header=no "
        "write=0"}) {
    options.columns = columns;
    count += count_requests(bytes, options);
  }
  return count;
}

}  // namespace sim::trace
