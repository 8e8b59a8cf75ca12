// The binary records of blktrace, in either byte order:
//
//   version 1, struct blk_io_trace, 48 bytes     version 2, struct blk_io_trace2, 64 bytes
//    0 u32 magic 0x65617400 | 7                   0 u32 magic 0x65617400 | 8
//    4 u32 sequence                               4 u32 sequence
//    8 u64 time, ns                               8 u64 time, ns
//   16 u64 sector                                16 u64 sector
//   24 u32 bytes                                 24 u32 bytes
//   28 u32 action                                28 u32 process
//   32 u32 process                               32 u64 action
//   36 u32 device                                40 u32 device
//   40 u32 processor                             44 u32 processor
//   44 u16 error                                 48 u16 error
//   46 u16 payload bytes                         50 u16 payload bytes, 12 bytes of zeroes
//
// (include/uapi/linux/blktrace_api.h: of Linux 6.1 for version 1, of 7.3 for version
// 2, which BLKTRACESETUP2 asks for.) A payload follows and is passed over. The low
// half of an action is the event, above it are category bits; version 2 has one
// for write-zeroes, which version 1 records as writes.
//
// Which events are requests: event_choice.h; splits: split_tracker.h; records
// that are missing: sequence_tracker.h.
#pragma once

#include <bit>
#include <vector>

#include "sim/trace/sequence_tracker.h"
#include "sim/trace/split_tracker.h"
#include "sim/trace/trace_parser.h"

namespace sim::trace {

class blktrace_parser final : public trace_parser {
 public:
  using trace_parser::trace_parser;

  record_kind next(io_request& request) override;
  std::string_view unit() const override { return "record"; }
  std::vector<described_column> columns() const override;
  std::vector<std::string> notes() const override;
  std::vector<lost_records> lost() const override { return sequences_.lost(); }
  event_set events_ahead() override;
  bool may_lack_fua() const override { return version_ <= 1; }

  static bool recognises(std::span<const std::byte> head);

  // The fields of a record that mean something here.
  struct fields {
    unsigned version = 1;
    std::size_t header_bytes = 0;
    std::endian order = std::endian::little;
    std::uint32_t sequence = 0;
    std::uint64_t time_ns = 0;
    std::uint64_t sector = 0;
    std::uint32_t bytes = 0;
    std::uint64_t action = 0;
    std::uint32_t process = 0;
    std::uint32_t device = 0;
    std::uint32_t processor = 0;
    std::uint16_t payload_bytes = 0;
  };

 private:
  record_kind resynchronise();
  std::optional<std::size_t> begins_inside(const fields& record);
  record_kind request_event(const fields& record, io_request& request);
  void split_event(const fields& record);
  bool drop(std::size_t count);  // false if the input ends before

  // Numbers of the kernel and of the table of devices, by the former: a record costs no name.
  struct known_device {
    std::uint32_t kernel_number = 0;
    std::uint32_t number = 0;
    bool is_set = false;
  };
  static constexpr std::size_t nr_known = 4096;
  std::vector<known_device> known_devices_ = std::vector<known_device>(nr_known);
  unsigned version_ = 0;  // of the last record
  split_tracker splits_;
  sequence_tracker sequences_;
};

}  // namespace sim::trace
