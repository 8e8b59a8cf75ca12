#include "sim/trace/blktrace_binary.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/trace/trace_bytes.h"

namespace sim::trace {

namespace {

// The magic number's low byte is the version.
constexpr std::uint32_t magic = 0x65617407;
constexpr std::size_t header_bytes = 48;

namespace field {
constexpr std::size_t magic = 0;
constexpr std::size_t time = 8;
constexpr std::size_t sector = 16;
constexpr std::size_t bytes = 24;
constexpr std::size_t action = 28;
constexpr std::size_t process = 32;
constexpr std::size_t device = 36;
constexpr std::size_t payload_bytes = 46;
}  // namespace field

// The low half of the action is the event, the high half its category bits.
constexpr std::uint32_t event_mask = 0xff;
constexpr std::uint32_t event_queue = 1;
constexpr std::uint32_t event_split = 13;
constexpr std::uint32_t has_cgroup_id = 1 << 8;
constexpr std::size_t cgroup_id_bytes = 8;
constexpr std::uint32_t category(unsigned bit) { return std::uint32_t{1} << (bit + 16); }
constexpr std::uint32_t category_write = category(1);
constexpr std::uint32_t category_flush = category(2);
constexpr std::uint32_t category_packet_command = category(9);
constexpr std::uint32_t category_notify = category(10);
constexpr std::uint32_t category_discard = category(13);
constexpr std::uint32_t category_fua = category(15);

std::optional<std::endian> order_of(std::span<const std::byte> head) {
  if (load_field<std::uint32_t>(head, field::magic, std::endian::little) == magic)
    return std::endian::little;
  if (load_field<std::uint32_t>(head, field::magic, std::endian::big) == magic)
    return std::endian::big;
  return std::nullopt;
}

// Zeroing is traced as a write: the record has no bit for it.
operation operation_of(std::uint32_t action, std::uint32_t bytes) {
  const bool preflush = (action & category_flush) != 0;
  if (bytes == 0 && preflush) return {.op = io_op::flush};
  operation found{.preflush = preflush, .fua = (action & category_fua) != 0};
  if ((action & category_discard) != 0)
    found.op = io_op::discard;
  else if ((action & category_write) != 0)
    found.op = io_op::write;
  return found;
}

}  // namespace

bool blktrace_parser::recognises(std::span<const std::byte> head) {
  return head.size() >= sizeof(magic) && order_of(head).has_value();
}

bool blktrace_parser::drop(std::size_t count) {
  while (count != 0) {
    const std::size_t available = input_.peek(1).size();
    if (available == 0) return false;
    const std::size_t now = std::min(available, count);
    input_.consume(now);
    count -= now;
  }
  return true;
}

// Payloads have any length, so after damage the next record is wherever its
// magic number is.
record_kind blktrace_parser::resynchronise() {
  std::uint64_t dropped = 1;
  input_.consume(1);
  for (;;) {
    const auto bytes = input_.peek(sizeof(magic));
    if (bytes.size() < sizeof(magic)) {
      dropped += bytes.size();
      input_.consume(bytes.size());
      break;
    }
    if (order_of(bytes)) break;
    ++dropped;
    input_.consume(1);
  }
  return damaged(fmt::format("no record of blktrace version 7 in {} bytes", dropped));
}

record_kind blktrace_parser::queue_event(std::span<const std::byte> record, io_request& request) {
  const auto action = load_field<std::uint32_t>(record, field::action, order_);
  const auto bytes = load_field<std::uint32_t>(record, field::bytes, order_);
  const auto device = load_field<std::uint32_t>(record, field::device, order_);
  const operation op = operation_of(action, bytes);
  if (bytes == 0 && op.op != io_op::flush) return record_kind::skipped;
  if (device_name_.empty() || device != named_device_) {
    constexpr unsigned minor_bits = 20;
    named_device_ = device;
    device_name_ = fmt::format("{},{}", device >> minor_bits, device & ((1u << minor_bits) - 1));
  }
  const auto sector = load_field<std::uint64_t>(record, field::sector, order_);
  const record_kind kind =
      finish(request, load_field<std::uint64_t>(record, field::time, order_), device_name_,
             set_sectors(request, op, sector, pdata::div_up(bytes, pdata::sector_bytes)));
  const auto process = load_field<std::uint32_t>(record, field::process, order_);
  const bool rest = kind == record_kind::request && splits_.is_rest(device, process, request);
  return rest ? record_kind::skipped : kind;
}

// The payload is the sector where the rest begins, big endian on any machine.
void blktrace_parser::split_event(std::span<const std::byte> record) {
  const auto action = load_field<std::uint32_t>(record, field::action, order_);
  const std::size_t offset = (action & has_cgroup_id) != 0 ? cgroup_id_bytes : 0;
  const auto device = load_field<std::uint32_t>(record, field::device, order_);
  const auto process = load_field<std::uint32_t>(record, field::process, order_);
  const std::size_t payload = load_field<std::uint16_t>(record, field::payload_bytes, order_);
  if (payload < offset + sizeof(std::uint64_t)) return;
  const auto bytes = input_.peek(header_bytes + offset + sizeof(std::uint64_t));
  if (bytes.size() < header_bytes + offset + sizeof(std::uint64_t)) return;
  splits_.split(device, process,
                load_field<std::uint64_t>(bytes, header_bytes + offset, std::endian::big));
}

record_kind blktrace_parser::next(io_request& request) {
  const auto head = input_.peek(header_bytes);
  if (head.empty()) return record_kind::end;
  ++record_;
  if (head.size() < header_bytes) {
    input_.consume(head.size());
    return damaged("the last record is cut off");
  }
  const auto order = order_of(head);
  if (!order) return resynchronise();
  order_ = *order;

  const auto record = head.first<header_bytes>();
  const auto action = load_field<std::uint32_t>(record, field::action, order_);
  const auto payload = load_field<std::uint16_t>(record, field::payload_bytes, order_);
  record_kind kind = record_kind::skipped;
  if ((action & category_notify) == 0) {
    saw_time(load_field<std::uint64_t>(record, field::time, order_));
    const bool of_data = (action & category_packet_command) == 0;
    if ((action & event_mask) == event_queue && of_data) kind = queue_event(record, request);
    if ((action & event_mask) == event_split && of_data) split_event(record);
  }
  input_.consume(header_bytes);
  if (!drop(payload) && kind != record_kind::damaged)
    return damaged("the payload of the last record is cut off");
  return kind;
}

}  // namespace sim::trace
