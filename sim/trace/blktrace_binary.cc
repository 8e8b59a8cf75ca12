#include "sim/trace/blktrace_binary.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "sim/trace/blktrace_layout.h"
#include "sim/trace/device_number.h"
#include "sim/trace/trace_bytes.h"

namespace sim::trace {

namespace {

constexpr std::uint32_t event_mask = 0xff;
constexpr std::uint32_t event_queue = 1;
constexpr std::uint32_t event_issue = 7;
constexpr std::uint32_t event_complete = 8;
constexpr std::uint32_t event_split = 13;
constexpr std::uint32_t has_cgroup_id = 1 << 8;
constexpr std::size_t cgroup_id_bytes = 8;

constexpr std::uint64_t category(unsigned bit) { return std::uint64_t{1} << (bit + 16); }
constexpr std::uint64_t category_write = category(1);
constexpr std::uint64_t category_flush = category(2);
constexpr std::uint64_t category_packet_command = category(9);
constexpr std::uint64_t category_notify = category(10);
constexpr std::uint64_t category_discard = category(13);
constexpr std::uint64_t category_fua = category(15);
constexpr std::uint64_t category_zone_first = category(16);  // append, of version 2 alone
constexpr std::uint64_t category_zone_last = category(21);   // close
constexpr std::uint64_t categories_zone = (category_zone_last << 1) - category_zone_first;
constexpr std::uint64_t category_write_zeroes = category(22);

struct header_start {
  unsigned version;
  std::endian order;
};

std::optional<header_start> start_of(std::span<const std::byte> head) {
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    const auto magic = load_field<std::uint32_t>(head, 0, order);
    if (magic == blktrace_magic_v1) return header_start{1, order};
    if (magic == blktrace_magic_v2) return header_start{2, order};
  }
  return std::nullopt;
}

constexpr std::size_t header_bytes_of(unsigned version) {
  return version == 1 ? blktrace_header_bytes_v1 : blktrace_header_bytes_v2;
}

// Requires that the whole header is there.
blktrace_parser::fields parse_header(std::span<const std::byte> head, const header_start& start) {
  const auto u32 = [&](std::size_t offset) {
    return load_field<std::uint32_t>(head, offset, start.order);
  };
  const auto u64 = [&](std::size_t offset) {
    return load_field<std::uint64_t>(head, offset, start.order);
  };
  const bool v1 = start.version == 1;
  blktrace_parser::fields found{.version = start.version,
                                .header_bytes = header_bytes_of(start.version),
                                .order = start.order};
  found.sequence = u32(4);
  found.time_ns = u64(8);
  found.sector = u64(16);
  found.bytes = u32(24);
  found.action = v1 ? u32(28) : u64(32);
  found.process = v1 ? u32(32) : u32(28);
  found.device = v1 ? u32(36) : u32(40);
  found.processor = v1 ? u32(40) : u32(44);
  found.payload_bytes = load_field<std::uint16_t>(head, v1 ? 46 : 50, start.order);
  return found;
}

// The kind of event of a request; none for all other records.
std::optional<event_kind> kind_of(std::uint64_t action) {
  if ((action & (category_notify | category_packet_command)) != 0) return std::nullopt;
  switch (action & event_mask) {
    case event_queue:
      return event_kind::queue;
    case event_issue:
      return event_kind::issue;
    case event_complete:
      return event_kind::complete;
    default:
      return std::nullopt;
  }
}

operation operation_of(std::uint64_t action, std::uint32_t bytes) {
  const bool preflush = (action & category_flush) != 0;
  if (bytes == 0 && preflush) return {.op = io_op::flush};
  operation found{.preflush = preflush, .fua = (action & category_fua) != 0};
  if ((action & category_discard) != 0)
    found.op = io_op::discard;
  else if ((action & category_write_zeroes) != 0)
    found.op = io_op::write_zeroes;
  else if ((action & category_write) != 0)
    found.op = io_op::write;
  return found;
}

}  // namespace

bool blktrace_parser::recognises(std::span<const std::byte> head) {
  return head.size() >= sizeof(blktrace_magic_v1) && start_of(head).has_value();
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
    const auto bytes = input_.peek(sizeof(blktrace_magic_v1));
    if (bytes.size() < sizeof(blktrace_magic_v1)) {
      dropped += bytes.size();
      input_.consume(bytes.size());
      break;
    }
    if (start_of(bytes)) break;
    ++dropped;
    input_.consume(1);
  }
  return damaged(fmt::format("no record of blktrace version 1 or 2 in {} bytes", dropped));
}

record_kind blktrace_parser::request_event(const fields& record, io_request& request) {
  const operation op = operation_of(record.action, record.bytes);
  if ((record.action & categories_zone) != 0)
    return damaged("an operation on a zone, which a thin device has not");
  if (record.bytes == 0 && op.op != io_op::flush) return record_kind::skipped;
  const auto problem =
      set_sectors(request, op, record.sector, pdata::div_up(record.bytes, pdata::sector_bytes));
  known_device& known = known_devices_[record.device % nr_known];
  const bool is_known = known.is_set && known.kernel_number == record.device;
  const record_kind kind =
      is_known ? finish(request, record.time_ns, known.number, problem)
               : finish(request, record.time_ns, device_number_text(record.device), problem);
  if (kind == record_kind::request) known = {record.device, request.device, true};
  const bool rest = kind == record_kind::request && events_ == event_kind::queue &&
                    splits_.is_rest(record.device, record.process, request);
  return rest ? record_kind::skipped : kind;
}

// Where another record begins inside of this one, whose rest is lost: its place. None if the
// record is followed by one, or ends the input.
std::optional<std::size_t> blktrace_parser::begins_inside(const fields& record) {
  const std::size_t size = record.header_bytes + std::size_t{record.payload_bytes};
  constexpr std::size_t magic_bytes = sizeof(blktrace_magic_v1);
  const std::size_t wanted = std::min(size + magic_bytes, input_buffer::look_ahead_max);
  const auto there = input_.peek(wanted);
  const auto bytes = there.first(std::min(wanted, there.size()));
  if (bytes.size() == size) return std::nullopt;
  if (bytes.size() == size + magic_bytes && start_of(bytes.subspan(size))) return std::nullopt;
  for (std::size_t at = magic_bytes; at + magic_bytes <= std::min(size, bytes.size()); ++at)
    if (start_of(bytes.subspan(at))) return at;
  return std::nullopt;
}

// The payload is the sector where the rest begins, big endian on any machine.
void blktrace_parser::split_event(const fields& record) {
  const std::size_t offset =
      record.header_bytes + ((record.action & has_cgroup_id) != 0 ? cgroup_id_bytes : 0);
  const std::size_t end = offset + sizeof(std::uint64_t);
  if (record.header_bytes + record.payload_bytes < end) return;
  const auto bytes = input_.peek(end);
  if (bytes.size() < end) return;
  splits_.split(record.device, record.process,
                load_field<std::uint64_t>(bytes, offset, std::endian::big));
}

record_kind blktrace_parser::next(io_request& request) {
  const auto head = input_.peek(blktrace_header_bytes_v2);
  if (head.empty()) return record_kind::end;
  ++record_;
  const auto start = head.size() < sizeof(blktrace_magic_v1) ? std::nullopt : start_of(head);
  if (head.size() < (start ? header_bytes_of(start->version) : blktrace_header_bytes_v1)) {
    input_.consume(head.size());
    return damaged("the last record is cut off");
  }
  if (!start) return resynchronise();

  const fields record = parse_header(head, *start);
  if (const auto next = begins_inside(record)) {
    input_.consume(*next);
    return damaged("the record is cut off, and another one follows");
  }
  version_ = record.version;
  record_kind kind = record_kind::skipped;
  if ((record.action & category_notify) == 0) {
    saw_time(record.time_ns);
    sequences_.saw(record.device, record.processor, record.sequence);
    const auto event = kind_of(record.action);
    if (event && is_request(*event)) kind = request_event(record, request);
    if ((record.action & event_mask) == event_split) split_event(record);
  }
  input_.consume(record.header_bytes);
  if (!drop(record.payload_bytes) && kind != record_kind::damaged)
    return damaged("the payload of the last record is cut off");
  return kind;
}

event_set blktrace_parser::events_ahead() {
  event_set seen;
  auto head = input_.head();
  while (head.size() >= blktrace_header_bytes_v1) {
    const auto start = start_of(head);
    if (!start || head.size() < header_bytes_of(start->version)) break;
    const fields record = parse_header(head, *start);
    if (const auto kind = kind_of(record.action)) seen.add(*kind);
    head = head.subspan(
        std::min(head.size(), record.header_bytes + std::size_t{record.payload_bytes}));
    version_ = record.version;
  }
  return seen;
}

std::vector<described_column> blktrace_parser::columns() const {
  const bool v1 = version_ <= 1;
  return {{"time", "time", "nanoseconds"},
          {"sector", "offset", "sectors of 512 bytes"},
          {"bytes", "length", "bytes"},
          {"action", "operation", fmt::format("event {} is a request", letter_of(events_))},
          {"device", "volume", "major,minor"},
          {"sequence", "lost records", v1 ? "version 1" : "version 2"}};
}

std::vector<std::string> blktrace_parser::notes() const {
  if (version_ != 1) return {};
  return {"blktrace version 1 has no bit for write-zeroes: those are among the writes."};
}

}  // namespace sim::trace
