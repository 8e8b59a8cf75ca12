#include "sim/trace/header_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/ids.h"
#include "sim/trace/header_names.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t sector_bytes = pdata::sector_bytes;

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
  void ambiguity(std::string text) { found_.ambiguities.push_back(std::move(text)); }

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
      ambiguity(fmt::format("columns '{}' and '{}' may both be the one that is meant",
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

  // A time under another name: to leave it out would have everything happen at once.
  void ambiguous_without_time() {
    for (std::size_t i = 0; i < plain_.size(); ++i) {
      if (layout().columns[i].meaning != column_meaning::ignored) continue;
      const auto has = [&](std::string_view word) {
        return plain_[i].find(word) != std::string::npos;
      };
      if (has("response") || has("service") || has("latency")) continue;
      if (!has("time") && !has("stamp") && !has("date") && !has("clock")) continue;
      layout().columns[i] = {column_meaning::time, second_ns};
      return ambiguity(fmt::format("column '{}' may be the time", layout().names[i]));
    }
  }

  void settle_time() {
    if (!layout().has(column_meaning::time)) return ambiguous_without_time();
    const std::size_t i = index_of(column_meaning::time);
    const evidence values = values_of(i);
    if (said_[i] || values.empty() || values.all(is_iso)) return;
    const auto epoch = epoch_unit(values.values().front());
    if (epoch && values.all([&](std::string_view v) { return epoch_unit(v) == epoch; })) {
      layout().columns[i].unit = *epoch;
      return;
    }
    const auto other = std::ranges::find_if(values.values(), [](std::string_view v) {
      return !number(v) && !decimal_time_ns(v, second_ns) && !is_iso(v);
    });
    if (other == values.values().begin()) {
      found_.unreadable = fmt::format(
          "the times of column '{}' are neither numbers nor ISO 8601 with a time of day, from 1970 "
          "on",
          layout().names[i]);
      return;
    }
    if (values.any(is_fraction) || values.all([](std::string_view v) { return v == "0"; })) return;
    ambiguity(
        fmt::format("column '{}' may count seconds, milliseconds, microseconds or nanoseconds",
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
    ambiguity(
        fmt::format("column '{}' seems to be hexadecimal without 0x", layout().names[offset]));
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
      const auto loose = said_[i] ? std::nullopt : loose_unit_of(plain_[i]);
      if (!loose) return false;
      layout().columns[i].unit = loose->likeliest;
      ambiguity(fmt::format("column '{}' {}", layout().names[i], loose->ambiguity));
      return true;
    };
    const bool offset_settled = multiple(offset);
    const bool length_settled = multiple(length);
    if (!said_[offset] && !offset_settled) {
      if (!custom) {
        ambiguity(fmt::format("column '{}' may count sectors of 512 bytes or larger blocks",
                              layout().names[offset]));
        layout().columns[offset].unit = sector_bytes;
      } else if (!whole) {
        ambiguity(fmt::format("column '{}' may count bytes or sectors", layout().names[offset]));
        layout().columns[offset].unit = likely;
      }
    }
    if (said_[length] || length_settled) return;
    const bool length_whole = values_of(length).whole_sectors();
    if (offset_in_bytes && length_whole && (said_[offset] || whole) &&
        counts_bytes_by_custom(plain_[length]))
      return;
    ambiguity(
        fmt::format("column '{}' may count bytes, sectors or blocks", layout().names[length]));
    const bool alike = !said_[offset] && custom && counts_bytes_by_custom(plain_[length]);
    layout().columns[length].unit = alike ? likely : length_whole ? 1 : sector_bytes;
  }

  void settle_operation() {
    if (!layout().has(column_meaning::op)) {
      ambiguity("no column names the operation");
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
    ambiguity(fmt::format("column '{}' has numbers, and does not say which of them means write",
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

std::string header_gap(std::string_view line) {
  column_fields fields;
  const std::size_t count = split_line(line, delimiter_of(line), fields);
  std::size_t known = 0;
  bool offset = false;
  bool length = false;
  for (std::size_t i = 0; i < count; ++i) {
    if (number(fields[i]) || is_fraction(fields[i]) || is_iso(fields[i])) return {};
    const auto named = column_of_header(normalised(fields[i]));
    if (!named) continue;
    ++known;
    offset = offset || named->what.meaning == column_meaning::offset;
    length = length || named->what.meaning == column_meaning::length;
  }
  constexpr std::size_t known_min = 2;
  if (known < known_min || (offset && length)) return {};
  return fmt::format("its header names columns, and none of them is {}",
                     offset   ? "a length"
                     : length ? "an offset"
                              : "an offset or a length, without which nothing can be replayed");
}

namespace {

// A column of zeroes and ones, of which both are there.
void guess_numbered_operation(std::span<const std::string_view> lines, column_layout& layout) {
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const evidence values(lines, *layout.delimiter, i);
    const auto is = [](std::string_view wanted) {
      return [wanted](std::string_view value) { return value == wanted; };
    };
    if (!values.any(is("0")) || !values.any(is("1")) ||
        !values.all([](std::string_view v) { return v == "0" || v == "1"; }))
      continue;
    layout.columns[i] = {column_meaning::op, 1};
    layout.values = {{"0", io_op::read}, {"1", io_op::write}};
    return;
  }
}

}  // namespace

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
  if (std::ranges::none_of(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(count),
                           [](std::string_view f) { return operation_of_field(f, 1).has_value(); }))
    guess_numbered_operation(lines, layout);
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
