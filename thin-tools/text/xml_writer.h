// The pool as XML, byte for byte as thin_dump 0.9.0 writes it: two spaces for
// each level, attributes in fixed order, a line for each element, a final
// newline. Defs and refs, which 0.9.0 does not know, are written as 1.3 does.
#pragma once

#include "thin-tools/text/text_writer.h"

namespace thin_tools {

class xml_writer : public text_writer {
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
};

// Text as the value of an attribute.
std::string xml_escaped(std::string_view text);

}  // namespace thin_tools
