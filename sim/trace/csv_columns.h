// Which column of a CSV trace means what, and in which unit.
//
// A name is a meaning with an optional unit, in any case, words joined by `_`
// or anything that is not a letter or digit: `time_us`, "Offset (sectors)".
//   time    time, timestamp, ts; units s (default), ms, us, ns, 100ns, filetime
//   op      op, opcode, operation, type, iotype, rw, cmd, command
//   offset  offset; units bytes (default), sectors, kib; lba, lbn, sector and
//           block count sectors of 512 bytes
//   length  length, len, size; same units; bytes; nr_sectors, sectors
//   device  device, dev, device_id, disk, disknumber, hostname, volume, volumeid
// Several device columns are joined by commas to one name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::trace {

enum class column_meaning : std::uint8_t { ignored, time, op, offset, length, device };

struct column {
  column_meaning meaning = column_meaning::ignored;
  std::uint64_t unit = 1;  // of time: nanoseconds; of offset and length: bytes

  friend bool operator==(const column&, const column&) = default;
};

struct csv_layout {
  static constexpr std::size_t columns_max = 64;

  char delimiter = ',';
  bool has_header = false;
  std::vector<column> columns;

  // There is a request in such a line: it has an operation, an offset and a
  // length.
  bool complete() const;
};

// The meaning of one name; none if it is not known.
std::optional<column> column_of_name(std::string_view name);

// The user's list: "time_us,op,offset,length,device"; `-` ignores a column.
// Throws pdata::error that names the word that is wrong, or what is missing.
csv_layout layout_of_list(std::string_view list);

// The layout that a header line names; unknown names are ignored columns. None
// if the line does not name enough of them to be the header of a trace.
std::optional<csv_layout> layout_of_header(std::string_view line);

// The layout of a published trace, recognised by a header or a first record:
// MSR Cambridge, Alibaba or Tencent.
enum class published_csv : std::uint8_t { msr, alibaba, tencent };
csv_layout layout_of(published_csv trace, bool has_header);
struct recognised_csv {
  published_csv trace;
  bool has_header;
};
std::optional<recognised_csv> recognise_published(std::string_view first_line);

// Splits at the delimiter; quotes around a field and blanks are taken off.
// Returns the number of fields, at most `columns_max`.
using csv_fields = std::array<std::string_view, csv_layout::columns_max>;
std::size_t split_line(std::string_view line, char delimiter, csv_fields& fields);

}  // namespace sim::trace
