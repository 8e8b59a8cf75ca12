#include "sim/trace/other_contents.h"

#include <array>

#include "sim/trace/event_text.h"
#include "sim/trace/iotrace_json.h"
#include "sim/trace/text_fields.h"

namespace sim::trace {

namespace {

using namespace std::string_view_literals;

struct known_contents {
  std::size_t at;
  std::string_view magic;
  std::string_view words;
};

constexpr std::array known{
    known_contents{0, "PERFILE2"sv,
                   "a recording of perf: replay what 'perf script -i FILE' prints of it"},
    known_contents{0, "\x17\x08\x44tracing"sv,
                   "a recording of trace-cmd: replay what 'trace-cmd report FILE' prints of it"},
    known_contents{257, "ustar"sv, "an archive of tar: unpack it"},
    known_contents{0, "PK\x03\x04"sv, "a ZIP archive: unpack it"},
    known_contents{0, "7z\xbc\xaf\x27\x1c"sv, "an archive of 7-Zip: unpack it"},
    known_contents{0, "\x04\x22\x4d\x18"sv,
                   "compressed with lz4: pipe it in with 'lz4 -dc FILE | thin_sim replay -'"},
    known_contents{0, "\x1f\x8b"sv, "compressed twice: unpack it once"},
    known_contents{0, "\xfd\x37zXZ"sv, "compressed twice: unpack it once"},
    known_contents{0, "\x28\xb5\x2f\xfd"sv, "compressed twice: unpack it once"},
    known_contents{0, "PAR1"sv, "a Parquet file: make columns of text of it"},
};

// Block events of "trace-cmd report -R": the names and numbers of their fields, "dev=265289728
// sector=2048 nr_sector=8 rwbs=WS".
bool has_raw_fields(std::string_view text) {
  while (!text.empty()) {
    const auto event = event_text_parser::parse_line(take_line(text));
    if (event) return trimmed(event->rest).starts_with("dev=");
  }
  return false;
}

}  // namespace

std::string_view other_contents(const trace_head& head) {
  const std::string_view text = head.text();
  for (const known_contents& one : known)
    if (text.size() >= one.at && text.substr(one.at).starts_with(one.magic)) return one.words;
  if (has_raw_fields(text))
    return "raw fields of block events: replay what 'trace-cmd report FILE' prints without -R";
  std::string_view rest = text;
  const std::string_view line = trimmed(take_line(rest));
  const bool is_json = line.starts_with('{') || line == "[" || line.starts_with("[{");
  if (is_json && !iotrace_json_parser::recognises(line))
    return "JSON of a kind that is not known (Open CAS iotrace's is): make columns of text of it";
  return {};
}

}  // namespace sim::trace
