#include "thin-tools/restore/stream_file.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "thin-tools/json/json_reader.h"
#include "thin-tools/report/text_source.h"

namespace thin_tools {

namespace {

// Counts what is read through it.
class counted_source : public text_source {
 public:
  counted_source(text_source& source, reading_progress& progress)
      : source_(source), progress_(progress) {}
  std::size_t read(std::span<char> to) override {
    const std::size_t n = source_.read(to);
    progress_.bytes_read += n;
    return n;
  }

 private:
  text_source& source_;
  reading_progress& progress_;
};

// Looks at the first characters: JSON begins with a brace.
void read_stream(text_source& file, pdata::metadata_sink& sink, const warning_listener& warn) {
  std::string head;
  std::size_t first = std::string::npos;
  while (first == std::string::npos) {
    char piece[4096];
    const std::size_t n = file.read(piece);
    if (n == 0) break;
    head.append(piece, n);
    if (head.find('\0') != std::string::npos)
      throw pdata::error("this is neither XML nor JSON but binary data");
    first = head.find_first_not_of(" \t\r\n");
    if (head.size() > sizeof piece) break;
  }
  prefixed_source whole(head, file);
  if (first != std::string::npos && head[first] == '{') {
    read_json(whole, sink);
  } else {
    read_xml(whole, sink, warn);
  }
}

// Names in the input may hold anything; a message is one line.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return text;
}

}  // namespace

void read_stream_file(const std::string& path, pdata::metadata_sink& first,
                      pdata::stream_validator& proof, const warning_listener& warn,
                      reading_progress& progress) {
  file_source file(path);
  progress.bytes_expected = file.size_bytes();
  counted_source counted(file, progress);
  try {
    read_stream(counted, first, warn);
    proof.expect_complete();
  } catch (const pdata::error& e) {
    throw pdata::error(one_line(file.name() + ": " + e.what()));
  }
}

}  // namespace thin_tools
