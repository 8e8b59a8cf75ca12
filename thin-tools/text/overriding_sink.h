// Passes a stream on with fields of the superblock replaced, before anything
// depends on them.
#pragma once

#include "persistent-data/stream/forwarding_sink.h"
#include "thin-tools/text/stream_file.h"

namespace thin_tools {

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

 private:
  const stream_overrides& overrides_;
};

}  // namespace thin_tools
