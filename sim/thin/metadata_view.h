// A device of the simulated machine as the 4096-byte blocks that the metadata
// code works on. Its size follows the device's.
#pragma once

#include "persistent-data/io/block_device.h"
#include "sim/dm/device_mapper.h"

namespace sim {

class metadata_view : public pdata::block_device {
 public:
  metadata_view(device_mapper& machine, device& below) : machine_(machine), below_(below) {}

  pdata::metadata_block nr_blocks() const override;
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override;
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override;
  pdata::status flush() override;

  // Nothing reaches the device from now on: the machine has lost its power.
  void cut_off() { cut_off_ = true; }

 private:
  device_mapper& machine_;
  device& below_;
  bool cut_off_ = false;
};

}  // namespace sim
