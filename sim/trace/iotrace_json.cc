#include "sim/trace/iotrace_json.h"

#include <nlohmann/json.hpp>

#include "sim/trace/operation_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

using nlohmann::json;

constexpr std::size_t devices_max = 1 << 16;

// What is there under the name; null where it is not.
const json& member(const json& object, const char* name) {
  static const json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nothing : *found;
}

// 64-bit numbers are strings in protobuf's JSON.
std::optional<std::uint64_t> number_in(const json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_string()) return decimal(value.get_ref<const std::string&>());
  return std::nullopt;
}

std::string text_in(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_unsigned() ? std::to_string(value.get<std::uint64_t>()) : std::string();
}

bool is_set(const json& value) { return value.is_boolean() && value.get<bool>(); }

}  // namespace

bool iotrace_json_parser::recognises(std::string_view first_line) {
  const std::string_view text = trimmed(first_line);
  if (!text.starts_with('{') || text.find("\"header\"") == std::string_view::npos) return false;
  const json record = json::parse(text, nullptr, false);
  return member(member(record, "header"), "timestamp") != json() &&
         (record.contains("io") || record.contains("deviceDescription"));
}

record_kind iotrace_json_parser::next(io_request& request) {
  input_buffer::line line;
  if (!next_line(line)) return record_kind::end;
  if (line.too_long) return damaged("the line is too long");
  const std::string_view text = trimmed(line.text);
  if (text.empty()) return record_kind::skipped;
  const json record = json::parse(text, nullptr, false);
  if (!record.is_object()) return damaged("not a JSON object", text);
  const json& described = member(record, "deviceDescription");
  if (described.is_object() && names_.size() < devices_max)
    names_.insert_or_assign(text_in(member(described, "id")), text_in(member(described, "name")));
  const auto time_ns = number_in(member(member(record, "header"), "timestamp"));
  const json& io = member(record, "io");
  if (!io.is_object()) return record_kind::skipped;  // descriptions, completions, files
  if (!time_ns) return damaged("no timestamp", text);
  saw_time(*time_ns);
  const auto length = number_in(member(io, "len"));
  const std::string word = text_in(member(io, "operation"));
  auto op = operation_of_word(word);
  if (!op) return damaged("unknown operation", word);
  const bool flush = is_set(member(io, "flush"));
  op->fua = op->op == io_op::write && is_set(member(io, "fua"));
  op->preflush = op->op == io_op::write && flush;
  const std::string number = text_in(member(io, "deviceId"));
  const auto known = names_.find(number);
  std::string device = text_in(member(member(record, "device"), "name"));
  if (device.empty()) device = known != names_.end() ? known->second : number;
  if (flush && length.value_or(0) == 0) op = operation{.op = io_op::flush};
  if (op->op == io_op::flush)
    return finish(request, *time_ns, device, set_sectors(request, *op, 0, 0));
  const auto sector = number_in(member(io, "lba"));
  if (!sector || !length) return damaged("no lba and len", text);
  if (*length == 0) return record_kind::skipped;
  return finish(request, *time_ns, device, set_sectors(request, *op, *sector, *length));
}

std::vector<described_column> iotrace_json_parser::columns() const {
  return {{"header.timestamp", "time", "nanoseconds"},
          {"io.operation", "operation", ""},
          {"io.flush", "flush", ""},
          {"io.fua", "FUA", ""},
          {"io.lba", "offset", "sectors of 512 bytes"},
          {"io.len", "length", "sectors of 512 bytes"},
          {"device.name", "volume", ""}};
}

}  // namespace sim::trace
