// The pool as XML, byte for byte as thin_dump 0.9.0 writes it: two spaces for
// each level, attributes in fixed order, a line for each element, a final
// newline. Defs and refs, which 0.9.0 does not know, are written as 1.3 does.
#pragma once

#include "persistent-data/pool/metadata_stream.h"
#include "thin-tools/report/text_sink.h"

namespace thin_tools {

class xml_writer : public pdata::metadata_sink {
 public:
  explicit xml_writer(text_sink& sink) : out_(sink) {}

  void begin_superblock(const pdata::stream_superblock& superblock) override;
  void end_superblock() override;  // nothing is left in the buffer afterwards
  void begin_def(const std::string& name) override;
  void end_def() override;
  void begin_device(pdata::device_id device, const pdata::device_details& details) override;
  void end_device() override;
  void run(const pdata::mapping_run& mappings) override;
  void ref(const std::string& name) override;

  // Hands what was written so far to the sink; for dumps that end at damage.
  void flush() { out_.finish(); }

 private:
  text_buffer out_;
};

// Text as the value of an attribute.
std::string xml_escaped(std::string_view text);

}  // namespace thin_tools
