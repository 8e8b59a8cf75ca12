// VSCSI traces of VMware virtual disks, versions 1 and 2, as published with
// libCacheSim. Little-endian records without a header:
//
//   version 1, 32 bytes          version 2, 40 bytes
//    0 u32 serial                 0 u16 SCSI opcode
//    4 u32 length, bytes          2 u16 version
//    8 u32 scatter-gather count   4 u32 serial
//   12 u16 SCSI opcode            8 u32 length, bytes
//   14 u16 version               12 u32 scatter-gather count
//   16 u64 logical block         16 u64 logical block, of 512 bytes
//   24 u64 time, microseconds    24 u64 time, microseconds
//                                32 u64 response time
//
// The version is in the high byte of its field.
#pragma once

#include "sim/trace/trace_parser.h"

namespace sim::trace {

enum class vscsi_version : std::uint8_t { v1 = 1, v2 = 2 };

class vscsi_parser final : public trace_parser {
 public:
  vscsi_parser(input_buffer& input, parser_context context, vscsi_version version);

  record_kind next(io_request& request) override;
  std::string_view unit() const override { return "record"; }
  std::vector<described_column> columns() const override;

  // The version that all records at the start have.
  static std::optional<vscsi_version> recognises(std::span<const std::byte> head);

 private:
  vscsi_version version_;
};

}  // namespace sim::trace
