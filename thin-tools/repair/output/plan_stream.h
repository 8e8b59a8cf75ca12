// A repair plan as a device to read from, and as a stream of pool contents.
#pragma once

#include <deque>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/repair/output/repair_plan.h"

namespace thin_tools {

// What a plan would write, as a device to read from: leaves stay where they are on
// the source; behind its end stand agreed leaves, put together when they are read,
// and the internal nodes, in memory.

class plan_device : public pdata::block_device {
 public:
  plan_device(repair_plan& plan, pdata::block_device& source);

  // Where the trees are here, in the order of the plan's devices.
  const std::vector<pdata::metadata_block>& roots() const { return roots_; }

  pdata::metadata_block nr_blocks() const override { return begin_ + nodes_.size(); }
  // Leaves come without the mappings that cannot be true.
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override;

 private:
  // Not for its readers.
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override;
  pdata::status flush() override { return pdata::success; }

  void drop_impossible(pdata::metadata_block location, std::span<std::byte> block) const;
  void put_agreed(pdata::metadata_block location, std::span<std::byte> block) const;

  const leaf_census& leaves_;
  pdata::block_device& source_;
  std::vector<agreed_leaf> agreed_;
  pdata::metadata_block begin_agreed_;
  pdata::metadata_block begin_;  // of the nodes in memory
  std::deque<pdata::block_buffer> nodes_;
  std::vector<pdata::metadata_block> roots_;
};

// A repair plan as a stream of pool contents: what thin_dump --repair writes.

// The devices of the plan that the options choose.
std::vector<pdata::streamed_device> streamed_devices(const repair_plan& plan,
                                                     const plan_device& trees,
                                                     const pdata::stream_options& options);

// The stream of the metadata that the plan would write, see stream_pool; `reader` reads `trees`.
// Throws error where a leaf cannot be read again, and where the stream is not what was planned
// or nothing that thin_restore takes (stream_validator.h), unless mappings are skipped.
void stream_plan(const repair_plan& plan, const plan_device& trees, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to);

}  // namespace thin_tools
