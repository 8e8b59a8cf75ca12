// A device of the simulated machine as the 4096-byte blocks that the metadata
// code works on. Its size follows the device's.
#pragma once

#include "persistent-data/io/block_device.h"
#include "persistent-data/io/unsealed_blocks.h"
#include "sim/disk/disk.h"
#include "sim/dm/device_mapper.h"

namespace sim {

class metadata_view : public pdata::block_device, public pdata::unsealed_blocks {
 public:
  metadata_view(device_mapper& machine, device& below)
      : machine_(machine), below_(below), disk_(dynamic_cast<disk*>(&below)) {}

  pdata::metadata_block nr_blocks() const override;
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override;
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override;
  pdata::status flush() override;
  bool takes_unsealed() const override { return disk_ != nullptr && disk_->takes_unsealed(); }
  pdata::status write_unsealed(const pdata::unsealed_block& block) override;

  bool may_be_late() const override { return disk_ != nullptr && disk_->may_be_late(); }
  void note_late(std::size_t nr_blocks) override {
    if (!cut_off_) disk_->note_late(nr_blocks);
  }
  void store_late(const pdata::unsealed_block& block) override {
    if (!cut_off_) disk_->store_late(block);
  }

  // Nothing reaches the device from now on: the machine has lost its power.
  void cut_off() { cut_off_ = true; }

 private:
  device_mapper& machine_;
  device& below_;
  disk* disk_;  // what is below, if it is one
  bool cut_off_ = false;
};

}  // namespace sim
