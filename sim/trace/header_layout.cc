#include "sim/trace/header_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/ids.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t sector_bytes = pdata::sector_bytes;

struct known_name {
  std::string_view name;
  column_meaning meaning;
  std::uint64_t unit;  // 0: the name does not say
};

constexpr std::array names{
    known_name{"time", column_meaning::time, 0},
    known_name{"timestamp", column_meaning::time, 0},
    known_name{"ts", column_meaning::time, 0},
    known_name{"datetime", column_meaning::time, 0},
    known_name{"start", column_meaning::time, 0},
    known_name{"start_time", column_meaning::time, 0},
    known_name{"arrival", column_meaning::time, 0},
    known_name{"arrival_time", column_meaning::time, 0},
    known_name{"issue_time", column_meaning::time, 0},
    known_name{"op", column_meaning::op, 1},
    known_name{"opcode", column_meaning::op, 1},
    known_name{"operation", column_meaning::op, 1},
    known_name{"op_type", column_meaning::op, 1},
    known_name{"type", column_meaning::op, 1},
    known_name{"iotype", column_meaning::op, 1},
    known_name{"io_type", column_meaning::op, 1},
    known_name{"request_type", column_meaning::op, 1},
    known_name{"rw", column_meaning::op, 1},
    known_name{"r_w", column_meaning::op, 1},
    known_name{"rwbs", column_meaning::op, 1},
    known_name{"cmd", column_meaning::op, 1},
    known_name{"command", column_meaning::op, 1},
    known_name{"direction", column_meaning::op, 1},
    known_name{"is_write", column_meaning::op, 1},
    known_name{"is_read", column_meaning::op, 1},
    known_name{"offset", column_meaning::offset, 0},
    known_name{"start_offset", column_meaning::offset, 0},
    known_name{"address", column_meaning::offset, 0},
    known_name{"addr", column_meaning::offset, 0},
    known_name{"byte_offset", column_meaning::offset, 1},
    known_name{"byteoffset", column_meaning::offset, 1},
    known_name{"lba", column_meaning::offset, 0},
    known_name{"lbn", column_meaning::offset, 0},
    known_name{"start_lba", column_meaning::offset, 0},
    known_name{"block", column_meaning::offset, 0},
    known_name{"blkno", column_meaning::offset, 0},
    known_name{"block_number", column_meaning::offset, 0},
    known_name{"sector", column_meaning::offset, sector_bytes},
    known_name{"start_sector", column_meaning::offset, sector_bytes},
    known_name{"sector_number", column_meaning::offset, sector_bytes},
    known_name{"length", column_meaning::length, 0},
    known_name{"len", column_meaning::length, 0},
    known_name{"size", column_meaning::length, 0},
    known_name{"io_size", column_meaning::length, 0},
    known_name{"iosize", column_meaning::length, 0},
    known_name{"request_size", column_meaning::length, 0},
    known_name{"count", column_meaning::length, 0},
    known_name{"blocks", column_meaning::length, 0},
    known_name{"nr_blocks", column_meaning::length, 0},
    known_name{"bytes", column_meaning::length, 1},
    known_name{"nbytes", column_meaning::length, 1},
    known_name{"nr_bytes", column_meaning::length, 1},
    known_name{"sectors", column_meaning::length, sector_bytes},
    known_name{"nr_sector", column_meaning::length, sector_bytes},
    known_name{"nr_sectors", column_meaning::length, sector_bytes},
    known_name{"nsectors", column_meaning::length, sector_bytes},
    known_name{"num_sectors", column_meaning::length, sector_bytes},
    known_name{"sector_count", column_meaning::length, sector_bytes},
    known_name{"device", column_meaning::device, 1},
    known_name{"dev", column_meaning::device, 1},
    known_name{"device_id", column_meaning::device, 1},
    known_name{"device_name", column_meaning::device, 1},
    known_name{"devno", column_meaning::device, 1},
    known_name{"disk", column_meaning::device, 1},
    known_name{"disk_id", column_meaning::device, 1},
    known_name{"disknumber", column_meaning::device, 1},
    known_name{"disk_number", column_meaning::device, 1},
    known_name{"hostname", column_meaning::device, 1},
    known_name{"lun", column_meaning::device, 1},
    known_name{"volume", column_meaning::device, 1},
    known_name{"volumeid", column_meaning::device, 1},
    known_name{"volume_id", column_meaning::device, 1},
    known_name{"volume_name", column_meaning::device, 1},
    known_name{"flush", column_meaning::flush, 1},
    known_name{"preflush", column_meaning::flush, 1},
    known_name{"fua", column_meaning::fua, 1},
};

// Names of a byte count next to which a length without a unit may be one too.
bool counts_bytes_by_custom(std::string_view name) {
  return name == "offset" || name == "start_offset" || name == "address" || name == "addr" ||
         name == "length" || name == "len" || name == "size" || name == "io_size" ||
         name == "iosize" || name == "request_size";
}

struct named_column {
  column what;
  bool unit_said = true;
};

// "StartTimeUs" as "Start_Time_Us".
std::string with_humps_parted(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  std::string parted;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (i != 0 && lower(name[i - 1]) && upper(name[i])) parted += '_';
    parted += name[i];
  }
  return parted;
}

std::optional<named_column> column_of_header(std::string_view plain) {
  const auto known = std::ranges::find(names, plain, &known_name::name);
  if (known != names.end()) {
    named_column found{{known->meaning, known->unit}, known->unit != 0};
    if (!found.unit_said) found.what.unit = known->meaning == column_meaning::time ? second_ns : 1;
    return found;
  }
  // "offset_bytes", "time_ms", "size_in_sectors", "start_time_us".
  const std::size_t split = plain.rfind('_');
  if (split == std::string_view::npos) return std::nullopt;
  std::string_view stem = plain.substr(0, split);
  if (stem.ends_with("_in")) stem.remove_suffix(3);
  const auto whole = std::ranges::find(names, stem, &known_name::name);
  if (whole == names.end()) return std::nullopt;
  // Of kB and MB nobody knows whether they are powers of 1000 or of 1024.
  const std::string_view suffix = plain.substr(split + 1);
  const bool size =
      whole->meaning == column_meaning::offset || whole->meaning == column_meaning::length;
  if (size && (suffix == "kb" || suffix == "k")) return named_column{{whole->meaning, 1024}, false};
  if (size && (suffix == "mb" || suffix == "m"))
    return named_column{{whole->meaning, 1024 * 1024}, false};
  const std::string_view generic = whole->meaning == column_meaning::time     ? "time"
                                   : whole->meaning == column_meaning::offset ? "offset"
                                                                              : "length";
  auto unit = column_of_name(fmt::format("{}_{}", generic, plain.substr(split + 1)));
  if (!unit ||
      (whole->meaning != column_meaning::time && whole->meaning != column_meaning::offset &&
       whole->meaning != column_meaning::length))
    return std::nullopt;
  return named_column{*unit, true};
}

bool is_iso(std::string_view value) { return iso_time_ns(value).has_value(); }
bool is_integer(std::string_view value) { return number(value).has_value(); }
bool is_fraction(std::string_view value) {
  return value.find('.') != std::string_view::npos && decimal_time_ns(value, second_ns).has_value();
}
bool is_long_transfer(std::string_view value) {
  constexpr std::uint64_t long_transfer = 4096;
  return number(value).value_or(0) >= long_transfer;
}
bool is_whole_sectors(std::string_view value) {
  const auto count = number(value);
  return count && *count % sector_bytes == 0;
}

// All that the first records have in one column.
class evidence {
 public:
  evidence(std::span<const std::string_view> records, char delimiter, std::size_t column_number) {
    for (const std::string_view record : records) {
      column_fields fields;
      const std::size_t count = split_line(record, delimiter, fields);
      if (column_number < count && !fields[column_number].empty())
        values_.push_back(fields[column_number]);
    }
  }

  bool all(auto test) const { return !values_.empty() && std::ranges::all_of(values_, test); }
  // All numbers are whole sectors; a few fields may be damaged.
  bool whole_sectors() const {
    constexpr std::ptrdiff_t damaged_share = 8;
    const auto others =
        std::ranges::count_if(values_, [](std::string_view v) { return !number(v).has_value(); });
    return others * damaged_share <= static_cast<std::ptrdiff_t>(values_.size()) &&
           std::ranges::any_of(values_, is_whole_sectors) &&
           std::ranges::none_of(values_, [](std::string_view v) {
             return number(v).has_value() && !is_whole_sectors(v);
           });
  }
  bool any(auto test) const { return std::ranges::any_of(values_, test); }
  bool empty() const { return values_.empty(); }
  const std::vector<std::string_view>& values() const { return values_; }

 private:
  std::vector<std::string_view> values_;
};

// The unit in which a count since 1970 lies between 2001 and 2100; of Windows
// filetimes, since 1601.
std::optional<std::uint64_t> epoch_unit(std::string_view value) {
  const auto count = decimal(value.substr(0, value.find('.')));
  constexpr std::uint64_t earliest_s = 978'307'200;
  constexpr std::uint64_t latest_s = 4'102'444'800;
  if (!count) return std::nullopt;
  for (const std::uint64_t per_second : {1ULL, 1'000ULL, 1'000'000ULL, 1'000'000'000ULL})
    if (*count / per_second >= earliest_s && *count / per_second <= latest_s)
      return second_ns / per_second;
  constexpr std::uint64_t filetime_per_second = 10'000'000;
  constexpr std::uint64_t years_1601_to_1970_s = 11'644'473'600;
  const std::uint64_t since_1601 = *count / filetime_per_second;
  if (since_1601 >= earliest_s + years_1601_to_1970_s &&
      since_1601 <= latest_s + years_1601_to_1970_s)
    return second_ns / filetime_per_second;
  return std::nullopt;
}

class reading {
 public:
  explicit reading(std::span<const std::string_view> lines)
      : header_(lines.front()), records_(lines.subspan(1)) {
    layout().delimiter = delimiter_of(header_);
    layout().header = true;
    column_fields fields;
    const std::size_t count = split_line(header_, *layout().delimiter, fields);
    for (std::size_t i = 0; i < count; ++i) add(fields[i]);
  }

  std::optional<header_reading> take() {
    if (!layout().has(column_meaning::offset) || !layout().has(column_meaning::length))
      return std::nullopt;
    settle_time();
    settle_sizes();
    settle_operation();
    return std::move(found_);
  }

 private:
  column_layout& layout() { return found_.layout; }
  void doubt(std::string text) { found_.doubts.push_back(std::move(text)); }

  void add(std::string_view name) {
    std::string plain = normalised(name);
    auto known = column_of_header(plain);
    if (!known) {
      const std::string parted = normalised(with_humps_parted(name));
      known = column_of_header(parted);
      if (known) plain = parted;
    }
    named_column column = known.value_or(named_column{});
    const column_meaning meaning = column.what.meaning;
    const bool may_repeat = meaning == column_meaning::ignored || meaning == column_meaning::device;
    if (!may_repeat && layout().has(meaning)) {
      doubt(fmt::format("columns '{}' and '{}' may both be the one that is meant",
                        layout().names[index_of(meaning)], name));
      column = {};
    }
    layout().columns.push_back(column.what);
    layout().names.emplace_back(name);
    plain_.push_back(plain);
    said_.push_back(column.unit_said);
  }

  std::size_t index_of(column_meaning meaning) {
    const auto& all = layout().columns;
    return static_cast<std::size_t>(std::ranges::find(all, meaning, &column::meaning) -
                                    all.begin());
  }
  evidence values_of(std::size_t i) { return {records_, *layout().delimiter, i}; }

  void settle_time() {
    if (!layout().has(column_meaning::time)) return;
    const std::size_t i = index_of(column_meaning::time);
    const evidence values = values_of(i);
    if (said_[i] || values.empty() || values.all(is_iso)) return;
    const auto epoch = epoch_unit(values.values().front());
    if (epoch && values.all([&](std::string_view v) { return epoch_unit(v) == epoch; })) {
      layout().columns[i].unit = *epoch;
      return;
    }
    if (values.any(is_fraction) || values.all([](std::string_view v) { return v == "0"; })) return;
    doubt(fmt::format("column '{}' may count seconds, milliseconds, microseconds or nanoseconds",
                      layout().names[i]));
  }

  // Letters among the digits of many records are hexadecimal ones.
  void settle_digits(std::size_t offset, std::size_t length) {
    const evidence values = values_of(offset);
    constexpr std::ptrdiff_t share = 4;
    const auto lettered = std::ranges::count_if(values.values(), [](std::string_view v) {
      return !number(v).has_value() && hexadecimal(v).has_value();
    });
    if (lettered * share < static_cast<std::ptrdiff_t>(values.values().size())) return;
    if (!values.all([](std::string_view v) { return hexadecimal(v).has_value(); })) return;
    layout().columns[offset].hex = layout().columns[length].hex = true;
    doubt(fmt::format("column '{}' seems to be hexadecimal without 0x", layout().names[offset]));
  }

  void settle_sizes() {
    const std::size_t offset = index_of(column_meaning::offset);
    const std::size_t length = index_of(column_meaning::length);
    settle_digits(offset, length);
    // Sectors can be multiples of 512 too, if requests are large ones; but nothing takes 2 MiB
    // at once.
    const bool multiples = values_of(offset).whole_sectors() && values_of(length).whole_sectors();
    const bool whole = multiples && values_of(length).any(is_long_transfer);
    const bool custom = counts_bytes_by_custom(plain_[offset]) || said_[offset];
    const bool offset_in_bytes = layout().columns[offset].unit == 1 && custom;
    const std::uint64_t likely = multiples ? 1 : sector_bytes;
    const auto multiple = [&](std::size_t i) {
      const std::uint64_t unit = layout().columns[i].unit;
      if (said_[i] || unit < 1024) return false;
      doubt(
          fmt::format("column '{}' may count powers of 1024 or of 1000 bytes", layout().names[i]));
      return true;
    };
    const bool offset_settled = multiple(offset);
    const bool length_settled = multiple(length);
    if (!said_[offset] && !offset_settled) {
      if (!custom) {
        doubt(fmt::format("column '{}' may count sectors of 512 bytes or larger blocks",
                          layout().names[offset]));
        layout().columns[offset].unit = sector_bytes;
      } else if (!whole) {
        doubt(fmt::format("column '{}' may count bytes or sectors", layout().names[offset]));
        layout().columns[offset].unit = likely;
      }
    }
    if (said_[length] || length_settled) return;
    const bool length_whole = values_of(length).whole_sectors();
    if (offset_in_bytes && length_whole && (said_[offset] || whole) &&
        counts_bytes_by_custom(plain_[length]))
      return;
    doubt(fmt::format("column '{}' may count bytes, sectors or blocks", layout().names[length]));
    const bool alike = !said_[offset] && custom && counts_bytes_by_custom(plain_[length]);
    layout().columns[length].unit = alike ? likely : length_whole ? 1 : sector_bytes;
  }

  void settle_operation() {
    if (!layout().has(column_meaning::op)) {
      doubt("no column names the operation");
      layout().default_op = io_op::write;
      return;
    }
    const std::size_t i = index_of(column_meaning::op);
    const evidence values = values_of(i);
    if (plain_[i] == "is_write" || plain_[i] == "is_read") {
      const bool write = plain_[i] == "is_write";
      for (const std::string_view word : {"0", "false", "False"})
        layout().values.push_back({std::string(word), write ? io_op::read : io_op::write});
      for (const std::string_view word : {"1", "true", "True"})
        layout().values.push_back({std::string(word), write ? io_op::write : io_op::read});
      return;
    }
    if (!values.all(is_integer)) return;
    const auto is_scsi = [](std::string_view value) {
      return value.size() >= 2 && operation_of_field(value, 1).has_value();
    };
    if (values.all(is_scsi)) return;
    doubt(fmt::format("column '{}' has numbers, and does not say which of them means write",
                      layout().names[i]));
    layout().values = {{"0", io_op::read}, {"1", io_op::write}};
  }

  std::string_view header_;
  std::span<const std::string_view> records_;
  header_reading found_;
  std::vector<std::string> plain_;
  std::vector<bool> said_;
};

}  // namespace

std::vector<std::string_view> first_lines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    // The last line of the look-ahead may be cut.
    const bool cut = text.find('\n') == std::string_view::npos && !lines.empty();
    const std::string_view line = take_line(text);
    if (trimmed(line).empty() || line.front() == '#' || cut) continue;
    lines.push_back(line);
  }
  return lines;
}

std::optional<header_reading> read_header(std::span<const std::string_view> lines) {
  if (lines.empty()) return std::nullopt;
  return reading(lines).take();
}

std::optional<column_layout> guess_layout(std::span<const std::string_view> lines) {
  if (lines.empty()) return std::nullopt;
  column_layout layout;
  layout.delimiter = delimiter_of(lines.back());
  column_fields fields;
  const std::size_t count = split_line(lines.back(), *layout.delimiter, fields);
  constexpr std::size_t fields_min = 3;
  if (count < fields_min) return std::nullopt;
  layout.columns.resize(count);
  const auto set = [&](std::size_t i, column_meaning meaning, std::uint64_t unit) {
    if (!layout.has(meaning)) layout.columns[i] = {meaning, unit};
  };
  std::size_t largest = count;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_iso(fields[i]) || is_fraction(fields[i]))
      set(i, column_meaning::time, second_ns);
    else if (!is_integer(fields[i]) && operation_of_field(fields[i], 1))
      set(i, column_meaning::op, 1);
    else if (epoch_unit(fields[i]) && !layout.has(column_meaning::time) &&
             (i == 0 || i + 1 == count))
      set(i, column_meaning::time, *epoch_unit(fields[i]));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (layout.columns[i].meaning != column_meaning::ignored || !is_integer(fields[i])) continue;
    if (largest == count || *number(fields[i]) > *number(fields[largest])) largest = i;
  }
  if (largest == count) return std::nullopt;
  for (std::size_t i = largest + 1; i < count; ++i)
    if (layout.columns[i].meaning == column_meaning::ignored && is_integer(fields[i]))
      set(i, column_meaning::length, is_whole_sectors(fields[i]) ? 1 : sector_bytes);
  const auto length = std::ranges::find(layout.columns, column_meaning::length, &column::meaning);
  const bool in_bytes = length != layout.columns.end() && length->unit == 1;
  set(largest, column_meaning::offset,
      in_bytes && is_whole_sectors(fields[largest]) ? 1 : sector_bytes);
  if (!layout.has(column_meaning::op)) layout.default_op = io_op::write;
  if (!layout.has(column_meaning::length)) return std::nullopt;
  return layout;
}

}  // namespace sim::trace
