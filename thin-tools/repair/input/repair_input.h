// What a repair reads: the metadata where it begins, each block as it was first read, and
// with what can be corrected corrected.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "persistent-data/io/block_device.h"
#include "persistent-data/io/shifted_device.h"
#include "persistent-data/io/steady_device.h"
#include "thin-tools/repair/input/corrected_device.h"

namespace thin_tools {

class repair_input {
 public:
  // `name` stands for the device in errors, which reading may throw: see steady_device.
  repair_input(pdata::block_device& device, const std::string& name);

  corrected_device& device() { return *corrected_; }

  // What was put right of all that was read until now, for the report.
  std::vector<std::string> notes() const;

 private:
  std::uint64_t offset_ = 0;  // bytes
  std::unique_ptr<pdata::steady_device> steady_;
  std::unique_ptr<pdata::shifted_device> shifted_;
  std::unique_ptr<corrected_device> corrected_;
};

}  // namespace thin_tools
