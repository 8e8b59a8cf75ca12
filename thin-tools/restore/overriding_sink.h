// Passes a stream on with fields of the superblock replaced, before anything
// depends on them.
#pragma once

#include "persistent-data/pool/metadata_stream.h"
#include "thin-tools/restore/restore.h"

namespace thin_tools {

class overriding_sink : public pdata::metadata_sink {
 public:
  overriding_sink(pdata::metadata_sink& next, const restore_options& options)
      : next_(next), options_(options) {}

  void begin_superblock(const pdata::stream_superblock& superblock) override {
    auto replaced = superblock;
    replaced.transaction_id = options_.transaction_id.value_or(superblock.transaction_id);
    replaced.data_block_size = options_.data_block_size.value_or(superblock.data_block_size);
    replaced.nr_data_blocks = options_.nr_data_blocks.value_or(superblock.nr_data_blocks);
    next_.begin_superblock(replaced);
  }
  void end_superblock() override { next_.end_superblock(); }
  void begin_def(const std::string& name) override { next_.begin_def(name); }
  void end_def() override { next_.end_def(); }
  void begin_device(pdata::device_id device, const pdata::device_details& details) override {
    next_.begin_device(device, details);
  }
  void end_device() override { next_.end_device(); }
  void run(const pdata::mapping_run& mappings) override { next_.run(mappings); }
  void ref(const std::string& name) override { next_.ref(name); }

 private:
  pdata::metadata_sink& next_;
  const restore_options& options_;
};

}  // namespace thin_tools
