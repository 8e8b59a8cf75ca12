#include "sim/trace/column_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t kib = 1024;

struct known_meaning {
  std::string_view name;
  column_meaning meaning;
  std::uint64_t unit;
};

// Of several names for one meaning the first is the one that is written.
constexpr std::array meanings{
    known_meaning{"time", column_meaning::time, second_ns},
    known_meaning{"timestamp", column_meaning::time, second_ns},
    known_meaning{"ts", column_meaning::time, second_ns},
    known_meaning{"op", column_meaning::op, 1},
    known_meaning{"opcode", column_meaning::op, 1},
    known_meaning{"operation", column_meaning::op, 1},
    known_meaning{"type", column_meaning::op, 1},
    known_meaning{"rw", column_meaning::op, 1},
    known_meaning{"offset", column_meaning::offset, 1},
    known_meaning{"lba", column_meaning::offset, pdata::sector_bytes},
    known_meaning{"lbn", column_meaning::offset, pdata::sector_bytes},
    known_meaning{"sector", column_meaning::offset, pdata::sector_bytes},
    known_meaning{"length", column_meaning::length, 1},
    known_meaning{"len", column_meaning::length, 1},
    known_meaning{"size", column_meaning::length, 1},
    known_meaning{"bytes", column_meaning::length, 1},
    known_meaning{"sectors", column_meaning::length, pdata::sector_bytes},
    known_meaning{"nr_sectors", column_meaning::length, pdata::sector_bytes},
    known_meaning{"device", column_meaning::device, 1},
    known_meaning{"dev", column_meaning::device, 1},
    known_meaning{"disk", column_meaning::device, 1},
    known_meaning{"volume", column_meaning::device, 1},
    known_meaning{"flush", column_meaning::flush, 1},
    known_meaning{"fua", column_meaning::fua, 1},
};

struct known_unit {
  std::string_view suffix;
  std::uint64_t value;
  std::string_view words;
};

// Of several suffixes for one value the first is the one that is written.
constexpr std::array time_units{
    known_unit{"s", second_ns, "seconds"},
    known_unit{"sec", second_ns, "seconds"},
    known_unit{"secs", second_ns, ""},
    known_unit{"second", second_ns, ""},
    known_unit{"seconds", second_ns, ""},
    known_unit{"iso", second_ns, ""},
    known_unit{"ms", 1'000'000, "milliseconds"},
    known_unit{"msec", 1'000'000, ""},
    known_unit{"millis", 1'000'000, ""},
    known_unit{"milliseconds", 1'000'000, ""},
    known_unit{"us", 1000, "microseconds"},
    known_unit{"usec", 1000, ""},
    known_unit{"micros", 1000, ""},
    known_unit{"microseconds", 1000, ""},
    known_unit{"ns", 1, "nanoseconds"},
    known_unit{"nsec", 1, ""},
    known_unit{"nanos", 1, ""},
    known_unit{"nanoseconds", 1, ""},
    known_unit{"filetime", 100, "100 nanoseconds"},
    known_unit{"100ns", 100, ""},
};

constexpr std::array size_units{
    known_unit{"bytes", 1, "bytes"},
    known_unit{"b", 1, ""},
    known_unit{"byte", 1, ""},
    known_unit{"sectors", pdata::sector_bytes, "sectors of 512 bytes"},
    known_unit{"sector", pdata::sector_bytes, ""},
    known_unit{"kib", kib, "KiB"},
    known_unit{"mib", kib* kib, "MiB"},
};

struct known_delimiter {
  std::string_view name;
  char delimiter;
};

constexpr std::array delimiters{
    known_delimiter{"comma", ','}, known_delimiter{"semicolon", ';'}, known_delimiter{"tab", '\t'},
    known_delimiter{"space", ' '}, known_delimiter{"blank", ' '},     known_delimiter{"pipe", '|'},
};

struct known_operation {
  std::string_view name;
  std::optional<io_op> op;
};

constexpr std::array operations{
    known_operation{"read", io_op::read},         known_operation{"write", io_op::write},
    known_operation{"discard", io_op::discard},   known_operation{"flush", io_op::flush},
    known_operation{"zero", io_op::write_zeroes}, known_operation{"skip", std::nullopt},
};

// Of the first field: to the delimiter, or to the end. One in quotes may have the delimiter in
// it.
std::size_t field_length(std::string_view line, char delimiter) {
  std::size_t from = 0;
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin != std::string_view::npos && line[begin] == '"') {
    const std::size_t quote = line.find('"', begin + 1);
    if (quote != std::string_view::npos) from = quote + 1;
  }
  const void* found = from == line.size()
                          ? nullptr
                          : std::memchr(line.data() + from, delimiter, line.size() - from);
  return found == nullptr ? line.size()
                          : static_cast<std::size_t>(static_cast<const char*>(found) - line.data());
}

bool is_size(column_meaning meaning) {
  return meaning == column_meaning::offset || meaning == column_meaning::length;
}

std::optional<std::uint64_t> unit_of(column_meaning meaning, std::string_view suffix) {
  const auto find = [&](const auto& units) -> std::optional<std::uint64_t> {
    for (const known_unit& unit : units)
      if (suffix == unit.suffix) return unit.value;
    return std::nullopt;
  };
  if (meaning == column_meaning::time) return find(time_units);
  if (!is_size(meaning)) return std::nullopt;
  if (const auto named = find(size_units)) return named;
  constexpr std::uint64_t unit_max = std::uint64_t{1} << 30;
  if (suffix.ends_with('b')) suffix.remove_suffix(1);  // "lba_512b"
  const auto bytes = decimal(suffix);
  return bytes && *bytes != 0 && *bytes <= unit_max ? bytes : std::nullopt;
}

std::string unit_suffix(const column& c) {
  if (c.meaning == column_meaning::time) {
    for (const known_unit& unit : time_units)
      if (unit.value == c.unit) return std::string(unit.suffix);
  }
  for (const known_unit& unit : size_units)
    if (unit.value == c.unit) return std::string(unit.suffix);
  return fmt::format("{}", c.unit);
}

std::string unit_words(const column& c) {
  if (c.meaning == column_meaning::time) {
    for (const known_unit& unit : time_units)
      if (unit.value == c.unit) return std::string(unit.words);
  }
  for (const known_unit& unit : size_units)
    if (unit.value == c.unit) return std::string(unit.words);
  return fmt::format("units of {} bytes", c.unit);
}

std::string_view name_of(column_meaning meaning) {
  for (const known_meaning& known : meanings)
    if (known.meaning == meaning) return known.name;
  return "-";
}

std::string_view word_of(const std::optional<io_op>& op) {
  for (const known_operation& known : operations)
    if (known.op == op) return known.name;
  return "skip";
}

void parse_columns(std::string_view list, column_layout& layout) {
  column_fields fields;
  const std::size_t count = split_line(list, ',', fields);
  for (std::size_t i = 0; i < count; ++i) {
    layout.names.emplace_back();
    if (fields[i] == "-") {
      layout.columns.emplace_back();
      continue;
    }
    const auto known = column_of_name(fields[i]);
    if (!known)
      throw pdata::error(fmt::format(
          "Unknown column '{}': expected time, op, offset, length, device, flush or fua, with a "
          "unit like time_us or offset_sectors, or - for a column to ignore",
          fields[i]));
    layout.columns.push_back(*known);
  }
}

char delimiter_named(std::string_view value) {
  for (const known_delimiter& known : delimiters)
    if (value == known.name) return known.delimiter;
  if (value.size() == 1) return value.front();
  throw pdata::error(fmt::format(
      "Unknown delimiter '{}': expected comma, semicolon, tab, space or one character", value));
}

void parse_setting(std::string_view word, column_layout& layout) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  if (equals != std::string_view::npos) {
    if (name == "delimiter") {
      layout.delimiter = delimiter_named(value);
      return;
    }
    if (name == "header" && (value == "yes" || value == "no")) {
      layout.header = value == "yes";
      return;
    }
    if (name == "comment" && value.size() == 1) {
      layout.comment = value.front();
      return;
    }
    for (const known_operation& known : operations) {
      if (name == known.name) {
        layout.values.push_back({std::string(value), known.op});
        return;
      }
      if (name == "op" && value == known.name && known.op && known.op != io_op::flush) {
        layout.default_op = known.op;
        return;
      }
    }
  }
  throw pdata::error(fmt::format(
      "Unknown setting '{}' behind the columns: expected delimiter=, header=yes, header=no, "
      "comment=, read=, write=, discard=, flush=, zero=, skip= or op=",
      word));
}

}  // namespace

bool column_layout::has(column_meaning meaning) const {
  return std::ranges::find(columns, meaning, &column::meaning) != columns.end();
}

std::string column_layout::missing() const {
  std::string list;
  const auto add = [&](std::string_view name) {
    list += list.empty() ? "" : ", ";
    list += name;
  };
  if (!has(column_meaning::op) && !default_op) add("op (or op=read or op=write)");
  if (!has(column_meaning::offset)) add("offset");
  if (!has(column_meaning::length)) add("length");
  return list;
}

std::string normalised(std::string_view name) {
  std::string plain;
  for (char c : trimmed(name)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keep)
      plain += c;
    else if (!plain.empty() && plain.back() != '_')
      plain += '_';
  }
  if (plain.ends_with('_')) plain.pop_back();
  return plain;
}

std::optional<column> column_of_name(std::string_view name) {
  std::string plain = normalised(name);
  column found;
  constexpr std::string_view hex = "_hex";
  if (plain.ends_with(hex)) {
    found.hex = true;
    plain.resize(plain.size() - hex.size());
  }
  const auto known_as = [](std::string_view text) {
    return std::ranges::find(meanings, text, &known_meaning::name);
  };
  std::size_t split = plain.size();
  auto known = known_as(plain);
  if (known == meanings.end()) {
    split = plain.rfind('_');
    if (split == std::string::npos) return std::nullopt;
    known = known_as(std::string_view(plain).substr(0, split));
  }
  if (known == meanings.end()) return std::nullopt;
  found.meaning = known->meaning;
  found.unit = known->unit;
  if (found.hex && !is_size(found.meaning) && found.meaning != column_meaning::time)
    return std::nullopt;
  if (split == plain.size()) return found;
  const auto unit = unit_of(known->meaning, std::string_view(plain).substr(split + 1));
  if (!unit) return std::nullopt;
  found.unit = *unit;
  return found;
}

column_layout layout_of_list(std::string_view list) {
  column_layout layout;
  std::string_view rest = list;
  parse_columns(next_word(rest), layout);
  for (std::string_view word = next_word(rest); !word.empty(); word = next_word(rest))
    parse_setting(word, layout);
  if (!layout.complete())
    throw pdata::error(fmt::format("The columns '{}' lack: {}", list, layout.missing()));
  return layout;
}

std::string list_of_layout(const column_layout& layout) {
  std::string list;
  for (const column& c : layout.columns) {
    if (!list.empty()) list += ',';
    list += name_of(c.meaning);
    if (c.meaning == column_meaning::time || is_size(c.meaning)) list += '_' + unit_suffix(c);
    if (c.hex) list += "_hex";
  }
  if (layout.delimiter && layout.delimiter != ',') {
    const auto named =
        std::ranges::find(delimiters, *layout.delimiter, &known_delimiter::delimiter);
    list += " delimiter=";
    list +=
        named != delimiters.end() ? std::string(named->name) : std::string(1, *layout.delimiter);
  }
  if (layout.header) list += *layout.header ? " header=yes" : " header=no";
  for (const named_value& value : layout.values)
    list += fmt::format(" {}={}", word_of(value.op), value.text);
  if (layout.default_op) list += fmt::format(" op={}", word_of(layout.default_op));
  return list;
}

std::vector<described_column> describe_columns(const column_layout& layout) {
  std::vector<described_column> all;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    const column& c = layout.columns[i];
    if (c.meaning == column_meaning::ignored) continue;
    const bool named = i < layout.names.size() && !layout.names[i].empty();
    described_column described{named ? layout.names[i] : fmt::format("column {}", i + 1), "", ""};
    switch (c.meaning) {
      case column_meaning::op:
        described.meaning = "operation";
        for (const named_value& value : layout.values)
          described.unit += fmt::format("{}{} is {}", described.unit.empty() ? "" : ", ",
                                        value.text.empty() ? "an empty field" : value.text,
                                        value.op ? word_of(value.op) : "passed over");
        break;
      case column_meaning::device:
        described.meaning = "volume";
        break;
      case column_meaning::fua:
        described.meaning = "FUA";
        break;
      default:
        described.meaning = name_of(c.meaning);
        if (c.meaning != column_meaning::flush) described.unit = unit_words(c);
        break;
    }
    if (c.hex) described.unit += ", hexadecimal";
    all.push_back(std::move(described));
  }
  if (layout.default_op)
    all.push_back(
        {"", "operation", fmt::format("every record is a {}", word_of(layout.default_op))});
  return all;
}

char delimiter_of(std::string_view line) {
  for (const char delimiter : {';', '\t', '|', ','})
    if (line.find(delimiter) != std::string_view::npos) return delimiter;
  return trimmed(line).find(' ') != std::string_view::npos ? ' ' : ',';
}

std::size_t split_line(std::string_view line, char delimiter, column_fields& fields) {
  std::size_t count = 0;
  if (delimiter == ' ') {
    while (count < fields.size()) {
      const std::string_view word = next_word(line);
      if (word.empty()) break;
      fields[count++] = word;
    }
    return count;
  }
  while (count < fields.size()) {
    const std::size_t length = field_length(line, delimiter);
    std::string_view field = line.substr(0, length);
    if (!field.empty() && (field.front() <= ' ' || field.back() <= ' ')) field = trimmed(field);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = field.substr(1, field.size() - 2);
    fields[count++] = field;
    if (length == line.size()) break;
    line.remove_prefix(length + 1);
  }
  return count;
}

}  // namespace sim::trace
