#include "thin-tools/text/stream_file.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/forwarding_sink.h"
#include "persistent-data/stream/stream_sorter.h"
#include "persistent-data/stream/stream_validator.h"
#include "persistent-data/survey/recognise.h"
#include "thin-tools/text/json_reader.h"
#include "thin-tools/text/text_source.h"
#include "thin-tools/text/xml_reader.h"

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
  bool never_waits() const override { return source_.never_waits(); }

 private:
  text_source& source_;
  reading_progress& progress_;
};

// Passes a stream on with fields of the superblock replaced, before anything
// depends on them.
class overriding_sink : public pdata::forwarding_sink {
 public:
  overriding_sink(pdata::metadata_sink& to, const stream_overrides& overrides)
      : forwarding_sink(to), overrides_(overrides) {}

  void begin_superblock(const pdata::stream_superblock& superblock) override {
    auto replaced = superblock;
    replaced.transaction_id = overrides_.transaction_id.value_or(superblock.transaction_id);
    replaced.data_block_size = overrides_.data_block_size.value_or(superblock.data_block_size);
    replaced.nr_data_blocks = overrides_.nr_data_blocks.value_or(superblock.nr_data_blocks);
    next().begin_superblock(replaced);
  }
  bool runs(std::span<const pdata::mapping_run> all) override { return next().runs(all); }

 private:
  const stream_overrides& overrides_;
};

pdata::recognised recognise_text(std::string_view text) {
  return pdata::recognise(std::as_bytes(std::span(text.data(), text.size())));
}

bool is_compressed(std::string_view head) {
  return recognise_text(head).kind == pdata::input_kind::compressed;
}

// What it is instead, if that is known; the rest of the beginning is read for it.
std::string advice(std::string head, text_source& file) {
  char piece[4096];
  while (head.size() < pdata::recognised_bytes) {
    const std::size_t n = file.read(piece);
    if (n == 0) break;
    head.append(piece, n);
  }
  const auto words = pdata::advice_on(recognise_text(head));
  return words.empty() ? words : ": " + words;
}

// Looks at the first characters: JSON begins with a brace.
void read_stream(text_source& file, pdata::metadata_sink& sink, pdata::stream_position& position,
                 const warning_listener& warn) {
  std::string head;
  std::size_t first = std::string::npos;
  while (first == std::string::npos) {
    char piece[4096];
    const std::size_t n = file.read(piece);
    if (n == 0) break;
    head.append(piece, n);
    if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) break;  // UTF-16: XML
    if (head.find('\0') != std::string::npos || is_compressed(head))
      throw pdata::error("this is neither XML nor JSON but binary data" + advice(head, file));
    first = head.find_first_not_of(" \t\r\n");
    if (head.size() > sizeof piece) break;
  }
  prefixed_source whole(head, file);
  if (first != std::string::npos && head[first] == '{') {
    read_json(whole, sink, position);
  } else {
    read_xml(whole, sink, position, warn);
  }
}

// Names in the input may hold anything; a message is one line.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return text;
}

// What came in any order, in the order that everything else depends on. Most
// streams are in order already and cost nothing here.
void put_in_order(std::unique_ptr<pdata::stream_spool>& pool) {
  pdata::stream_position position;
  pdata::stream_sorter sorter(position);
  pool->replay(sorter, &position);
  pool = std::make_unique<pdata::stream_spool>();
  pdata::stream_validator proof(*pool, pdata::stream_order::required, &position);
  sorter.send(proof, position);
}

}  // namespace

std::unique_ptr<pdata::stream_spool> read_stream_file(const pass& input,
                                                      const stream_overrides& overrides,
                                                      const warning_listener& warn,
                                                      reading_progress& progress) {
  file_source file(input);
  progress.bytes_expected = file.size_bytes();
  counted_source counted(file, progress);
  pdata::stream_position position;
  auto pool = std::make_unique<pdata::stream_spool>(&position);
  pdata::stream_validator proof(*pool, pdata::stream_order::any, &position);
  overriding_sink first(proof, overrides);
  try {
    read_stream(counted, first, position, warn);
    proof.expect_complete();
    if (!proof.in_order()) put_in_order(pool);
  } catch (const pdata::spool_error&) {
    throw;
  } catch (const pdata::error& e) {
    throw pdata::error(one_line(file.name() + ": " + e.what()));
  }
  return pool;
}

}  // namespace thin_tools
