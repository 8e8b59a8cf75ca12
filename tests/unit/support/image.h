// Views of a metadata device in memory.
#pragma once

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"
#include "tests/unit/support/sha256.h"

namespace test_support {

inline std::span<const std::byte> image_bytes(const pdata::memory_device& device) {
  return {reinterpret_cast<const std::byte*>(&device.at(0)),
          pdata::to_size(device.nr_blocks() * pdata::block_size)};
}

inline std::string image_sha256(const pdata::memory_device& device) {
  return sha256(image_bytes(device));
}

inline pdata::superblock image_superblock(const pdata::memory_device& device) {
  return pdata::superblock::load(device.at(0).view());
}

}  // namespace test_support
