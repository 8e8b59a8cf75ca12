// The pool as text to read, as thin_dump 0.9.0 writes it with
// `--format human_readable`: ranges are inclusive. Defs and refs, which 0.9.0
// does not know, look as in 1.3.
#pragma once

#include "thin-tools/text/text_writer.h"

namespace thin_tools {

class human_writer : public text_writer {
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

}  // namespace thin_tools
