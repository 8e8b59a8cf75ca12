// The leaf value of the device details tree, 24 bytes
// (Linux 6.1 dm-thin-metadata.c, struct disk_device_details):
//
//   offset  size  field
//        0     8  mapped_blocks      entries in the device's mapping tree
//        8     8  transaction_id     the pool's, when the device was created
//       16     4  creation_time
//       20     4  snapshotted_time
#pragma once

#include <cstdint>
#include <span>

#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"

namespace pdata {

struct device_details {
  static constexpr std::size_t bytes = 24;

  std::uint64_t mapped_blocks = 0;
  std::uint64_t transaction_id = 0;
  std::uint32_t creation_time = 0;
  std::uint32_t snapshotted_time = 0;

  static consteval std::size_t at(std::string_view field) {
    return offset_of(device_details_fields, field);
  }

  static device_details load(std::span<const std::byte> from) {
    return {load_le<std::uint64_t>(from, at("mapped_blocks")),
            load_le<std::uint64_t>(from, at("transaction_id")),
            load_le<std::uint32_t>(from, at("creation_time")),
            load_le<std::uint32_t>(from, at("snapshotted_time"))};
  }

  void store(std::span<std::byte> to) const {
    store_le(to, at("mapped_blocks"), mapped_blocks);
    store_le(to, at("transaction_id"), transaction_id);
    store_le(to, at("creation_time"), creation_time);
    store_le(to, at("snapshotted_time"), snapshotted_time);
  }

  friend bool operator==(const device_details&, const device_details&) = default;
};

}  // namespace pdata
