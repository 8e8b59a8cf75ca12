// The pool as one JSON document: README.md beside this file has the schema.
#pragma once

#include "thin-tools/text/text_writer.h"

namespace thin_tools {

class json_writer : public text_writer {
 public:
  using text_writer::text_writer;

  void begin_superblock(const pdata::stream_superblock& superblock) override;
  void end_superblock() override;
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(pdata::device_id device, const pdata::device_details& details) override;
  void end_device() override;
  void run(const pdata::mapping_run& mappings) override;
  void ref(const std::string& name) override;
  std::string render(std::span<const pdata::mapping_run> runs) const override;

 private:
  enum class list { none, defs, devices };

  void open(list wanted);
  void close();
  void begin_element();

  list open_ = list::none;
  bool first_element_ = true;
  bool first_mapping_ = true;
};

// Text as a JSON string, quotes included.
std::string json_string(std::string_view text);

}  // namespace thin_tools
