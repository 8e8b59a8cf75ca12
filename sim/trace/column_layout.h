// Which column of a text trace means what, and in which unit.
//
// The list that names them is the argument of --columns, and the same language
// describes the published formats (column_formats.cc):
//
//   time_us,op,offset_sectors,length_bytes,device delimiter=; header=yes write=1
//
// Column names, joined by commas, `-` for one to ignore:
//   time    units s (default), ms, us, ns, filetime (100 ns); ISO 8601 is seen by itself
//   op      words, letters of the block layer, SCSI codes; 0 reads and 1 writes
//   offset  units bytes (default), sectors (512 bytes), kib, mib, or bytes as a number: offset_4096
//   length  the same
//   device  several are joined by commas to one name
//   flush, fua   true or 1 for a request with that flag
// (and: timestamp, ts; opcode, operation, type, rw; lba, lbn, sector in sectors;
// len, size, bytes; sectors, nr_sectors; dev, disk, volume)
// A last part _hex says that numbers are hexadecimal without 0x; with 0x it is seen.
// Settings follow, each after a blank:
//   delimiter=comma|semicolon|tab|space|CHARACTER  space: any number of blanks
//   header=yes|no                                  the first line is none of the records
//   comment=CHARACTER                              lines that begin with it are passed over
//   read=TEXT write=TEXT discard=TEXT flush=TEXT zero=TEXT skip=TEXT    what op says for it
//   op=read|write|discard                          of records without a column for it
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/operation_names.h"
#include "sim/trace/trace_description.h"

namespace sim::trace {

enum class column_meaning : std::uint8_t { ignored, time, op, offset, length, device, flush, fua };

struct column {
  column_meaning meaning = column_meaning::ignored;
  std::uint64_t unit = 1;  // of time: nanoseconds; of offset and length: bytes
  bool hex = false;        // digits without 0x are hexadecimal

  friend bool operator==(const column&, const column&) = default;
};

// What a field of the operation column means; no operation: the record is
// passed over.
struct named_value {
  std::string text;
  std::optional<io_op> op;
};

struct column_layout {
  static constexpr std::size_t columns_max = 64;

  std::optional<char> delimiter;  // ' ': any number of blanks; none: seen from the first record
  std::optional<bool> header;     // none: seen from the first line
  char comment = '#';
  std::vector<column> columns;
  std::vector<std::string> names;  // of the columns, as the trace calls them; may be shorter
  std::vector<named_value> values;
  std::optional<io_op> default_op;
  // A column of text that may hold the delimiter: fields above the number of
  // columns belong to it.
  std::optional<std::size_t> wide_column;
  bool text_lines_skipped = false;  // lines that begin with a letter are remarks

  bool has(column_meaning meaning) const;
  // An operation, an offset and a length are known for each record.
  bool complete() const { return missing().empty(); }
  std::string missing() const;  // "op, offset"; empty if complete
};

// Parses the argument of --columns. Throws pdata::error that names the word that
// is wrong, or what is missing.
column_layout layout_of_list(std::string_view list);

// The list that makes this layout.
std::string list_of_layout(const column_layout& layout);

// The meaning of one name of a list; none if it is not known.
std::optional<column> column_of_name(std::string_view name);

// For reports: what is taken from a record.
std::vector<described_column> describe_columns(const column_layout& layout);

// Lower case, and one `_` for each run of anything that is no letter or digit.
std::string normalised(std::string_view name);

// Splits at the delimiter; quotes around a field and blanks are taken off.
// Returns the number of fields, at most `columns_max`.
using column_fields = std::array<std::string_view, column_layout::columns_max>;
std::size_t split_line(std::string_view line, char delimiter, column_fields& fields);

// The delimiter that the first record has: a semicolon, tab or comma, else blanks.
char delimiter_of(std::string_view line);

}  // namespace sim::trace
