#include "thin-tools/restore/restore.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/pool/pool_builder.h"
#include "persistent-data/pool/stream_spool.h"
#include "persistent-data/pool/stream_validator.h"
#include "thin-tools/json/json_reader.h"
#include "thin-tools/report/output_device.h"
#include "thin-tools/report/text_source.h"
#include "thin-tools/restore/overriding_sink.h"

namespace thin_tools {

namespace {

// Counts what is read through it.
class counted_source : public text_source {
 public:
  counted_source(text_source& source, restore_progress& progress)
      : source_(source), progress_(progress) {}
  std::size_t read(std::span<char> to) override {
    const std::size_t n = source_.read(to);
    progress_.bytes_read += n;
    return n;
  }

 private:
  text_source& source_;
  restore_progress& progress_;
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

void prove(const restore_options& options, pdata::stream_spool& spool, const warning_listener& warn,
           restore_progress& progress) {
  file_source file(options.input);
  progress.bytes_expected = file.size_bytes();
  counted_source counted(file, progress);
  pdata::stream_validator validator(spool);
  overriding_sink overrides(validator, options);
  try {
    read_stream(counted, overrides, warn);
    validator.expect_complete();
  } catch (const pdata::error& e) {
    throw pdata::error(one_line(file.name() + ": " + e.what()));
  }
}

pdata::metadata_block rehearse(const pdata::stream_spool& spool, pdata::metadata_block nr_blocks,
                               pdata::pool_build_options how) {
  const auto builder = pdata::pool_builder::rehearsal(nr_blocks, how);
  spool.replay(*builder);
  return builder->blocks_needed();
}

// How to build, proven to fit. Metadata with snapshots that was dumped without
// defs may have grown out of its device: then its leaves are shared again.
pdata::pool_build_options plan(const pdata::stream_spool& spool, const pdata::file_device& output,
                               bool share) {
  const pdata::metadata_block room = output.nr_blocks();
  const pdata::pool_build_options plain{share};
  const pdata::metadata_block needed = rehearse(spool, room, plain);
  if (needed <= room || share) {
    expect_room(output, needed);
    return plain;
  }
  const pdata::pool_build_options shared{true};
  expect_room(output, rehearse(spool, room, shared));
  return shared;
}

}  // namespace

void restore(const restore_options& options, const warning_listener& warn,
             restore_progress& progress) {
  refuse_same_file(options.input, options.output);
  pdata::stream_spool spool;
  const auto output = open_output_device(options.output);
  prove(options, spool, warn, progress);

  const auto how = plan(spool, *output, options.share);
  progress.writing = true;
  try {
    pdata::pool_builder builder(*output, how);
    spool.replay(builder);
  } catch (const std::exception& e) {
    throw pdata::error("'" + options.output + "': " + e.what() +
                       "; its old superblock was erased, it holds no usable metadata now");
  }
}

}  // namespace thin_tools
