// A stream as text, an event a line, to compare streams by.
#pragma once

#include <fmt/format.h>

#include <string>

#include "persistent-data/stream/metadata_stream.h"

namespace test_support {

class stream_text : public pdata::metadata_sink {
 public:
  void begin_superblock(const pdata::stream_superblock& s) override {
    add("superblock '{}' {} {} {} {} {} {}", s.uuid, s.time, s.transaction_id, s.flags, s.version,
        s.data_block_size, s.nr_data_blocks);
  }
  void end_superblock() override { add("end superblock"); }
  void begin_def(const std::string& name) override { add("def '{}'", name); }
  void end_def() override { add("end def"); }
  void begin_device(pdata::device_id device, const pdata::device_details& d) override {
    add("device {} {} {} {} {}", device, d.mapped_blocks, d.transaction_id, d.creation_time,
        d.snapshotted_time);
  }
  void end_device() override { add("end device"); }
  void run(const pdata::mapping_run& run) override {
    add("run {} {} {} {}", run.begin, run.data_begin, run.length, run.time);
  }
  void ref(const std::string& name) override { add("ref '{}'", name); }

  std::string text;

 private:
  template <class... Values>
  void add(fmt::format_string<Values...> words, Values&&... values) {
    text += fmt::format(words, std::forward<Values>(values)...) + "\n";
  }
};

}  // namespace test_support
