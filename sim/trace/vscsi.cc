#include "sim/trace/vscsi.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "sim/trace/operation_names.h"
#include "sim/trace/trace_bytes.h"

namespace sim::trace {

namespace {

struct layout {
  std::size_t record_bytes;
  std::size_t opcode;
  std::size_t version;
  std::size_t length;
  std::size_t block = 16;
  std::size_t time = 24;
};

constexpr layout layout_v1{.record_bytes = 32, .opcode = 12, .version = 14, .length = 4};
constexpr layout layout_v2{.record_bytes = 40, .opcode = 0, .version = 2, .length = 8};

constexpr const layout& layout_of(vscsi_version version) {
  return version == vscsi_version::v1 ? layout_v1 : layout_v2;
}

template <class T>
T load(std::span<const std::byte> record, std::size_t offset) {
  return load_field<T>(record, offset, std::endian::little);
}

bool has_version(std::span<const std::byte> record, vscsi_version version) {
  return load<std::uint16_t>(record, layout_of(version).version) >> 8 ==
         static_cast<unsigned>(version);
}

bool all_have_version(std::span<const std::byte> head, vscsi_version version) {
  constexpr std::size_t records_looked_at = 8;
  constexpr unsigned opcode_max = 0xff;
  const layout& fields = layout_of(version);
  const std::size_t count = std::min(head.size() / fields.record_bytes, records_looked_at);
  for (std::size_t i = 0; i < count; ++i) {
    const auto record = head.subspan(i * fields.record_bytes, fields.record_bytes);
    if (!has_version(record, version) || load<std::uint16_t>(record, fields.opcode) > opcode_max)
      return false;
  }
  return count != 0;
}

}  // namespace

vscsi_parser::vscsi_parser(input_buffer& input, parser_context context, vscsi_version version)
    : trace_parser(input, std::move(context)), version_(version) {}

std::optional<vscsi_version> vscsi_parser::recognises(std::span<const std::byte> head) {
  for (const vscsi_version version : {vscsi_version::v1, vscsi_version::v2})
    if (all_have_version(head, version)) return version;
  return std::nullopt;
}

record_kind vscsi_parser::next(io_request& request) {
  constexpr std::uint64_t microsecond_ns = 1000;
  const layout& fields = layout_of(version_);
  const auto head = input_.peek(fields.record_bytes);
  if (head.empty()) return record_kind::end;
  ++record_;
  if (head.size() < fields.record_bytes) {
    input_.consume(head.size());
    return damaged("the last record is cut off");
  }
  const auto record = head.first(fields.record_bytes);
  input_.consume(fields.record_bytes);  // the bytes stay until the next peek

  if (!has_version(record, version_)) return damaged("the record has another version");
  const auto time_ns = pdata::checked_mul(load<std::uint64_t>(record, fields.time), microsecond_ns);
  if (!time_ns) return damaged("the time is too large");
  saw_time(*time_ns);
  const auto opcode = load<std::uint16_t>(record, fields.opcode);
  const auto op = operation_of_scsi(opcode);
  if (!op) return damaged(fmt::format("SCSI operation 0x{:02x} is not replayed", opcode));
  const auto length = load<std::uint32_t>(record, fields.length);
  if (length == 0 && op->op != io_op::flush) return record_kind::skipped;
  const auto block = load<std::uint64_t>(record, fields.block);
  return finish(request, *time_ns, context_.default_device,
                set_sectors(request, *op, block, pdata::div_up(length, pdata::sector_bytes)));
}

std::vector<described_column> vscsi_parser::columns() const {
  return {{"time", "time", "microseconds"},
          {"opcode", "operation", "SCSI operation code"},
          {"block", "offset", "sectors of 512 bytes"},
          {"length", "length", "bytes"},
          {"version", "format", version_ == vscsi_version::v1 ? "1" : "2"}};
}

}  // namespace sim::trace
