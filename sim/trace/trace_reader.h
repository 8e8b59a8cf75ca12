// The requests of a trace of one or several files, in order of time.
//
// Files are merged by the time of their records, so per-CPU files of blktrace
// give the order in which the requests were queued. Files of different formats are
// merged by their dates, or, where not all have dates, as if they had begun together. Time never
// runs backwards: a record that is out of order by more than the merge window (a trace whose clock
// jumped) gets the time of the one before it, and is counted.
//
// The memory that a reader takes does not depend on the length of the trace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/trace/device_table.h"
#include "sim/trace/io_request.h"
#include "sim/trace/trace_description.h"
#include "sim/trace/trace_format.h"

namespace sim::trace {

struct trace_problem {
  std::string position;  // "FILE: line 12"
  std::string reason;
};

struct trace_statistics {
  static constexpr std::size_t problems_kept = 10;

  std::uint64_t requests = 0;
  std::uint64_t skipped = 0;            // understood, nothing to replay
  std::uint64_t damaged = 0;            // unknown or impossible records
  std::uint64_t cut_short = 0;          // files that cannot be read to their end
  std::uint64_t late = 0;               // requests with a time before their predecessor's
  std::vector<trace_problem> problems;  // the first damaged ones
};

class trace_reader {
 public:
  virtual ~trace_reader() = default;

  // False at the end. Throws pdata::error if the input cannot be read, and with
  // `strict` at the first damaged record.
  virtual bool next(io_request& request) = 0;

  virtual const trace_statistics& statistics() const = 0;
  virtual const device_table& devices() const = 0;
  // "FILE: line 12"
  virtual std::string position_of(const io_request& request) const = 0;
  virtual trace_format format_of(std::uint32_t file) const = 0;
  // What the trace was taken to be, and what was read of it so far.
  virtual trace_description describe() const { return {}; }

  // Bytes read of all files, and of how many if that is known: for progress.
  virtual std::uint64_t consumed_bytes() const = 0;
  virtual std::optional<std::uint64_t> total_bytes() const = 0;
};

// Throws pdata::error if a file cannot be opened or its format is not known.
std::unique_ptr<trace_reader> open_traces(std::span<const std::string> paths,
                                          const trace_options& options);

// The same over bytes in memory, which must outlive the reader.
std::unique_ptr<trace_reader> open_trace_bytes(std::span<const std::byte> bytes,
                                               const trace_options& options);

}  // namespace sim::trace
