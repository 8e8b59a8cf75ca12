// Bytes of a volume: from its map, the data device and, where it has one, the external origin.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "thin-tools/files/data_device.h"
#include "thin-tools/volumes/volume_map.h"

namespace thin_tools {

// What reading something that is lost does.
enum class lost_reads : std::uint8_t { error, zeroes };

struct volume_source {
  pdata::device_id device = 0;
  std::string description;  // for people
  std::shared_ptr<const volume_map> map;
  std::uint64_t block_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::shared_ptr<const data_device> data;
  std::shared_ptr<const data_device> origin;  // none: what is not mapped is zero
  lost_reads lost = lost_reads::error;
};

class volume_reader {
 public:
  explicit volume_reader(volume_source from) : from_(std::move(from)) {}

  std::uint64_t size_bytes() const { return from_.size_bytes; }
  const volume_source& source() const { return from_; }

  // From several threads at once. Requires bytes within the volume. Throws error where
  // something is lost or cannot be read.
  void read(std::uint64_t offset, std::span<std::byte> to) const;

  enum class extent_kind : std::uint8_t { data, hole };
  // Calls visit(bytes, kind) for one extent after the other, until it returns false or the
  // range ends. A hole reads as zeroes. What cannot be read counts as data.
  void for_each_extent(std::uint64_t offset, std::uint64_t bytes,
                       const std::function<bool(std::uint64_t bytes, extent_kind)>& visit) const;

 private:
  struct piece {
    volume_map::segment where;
    std::uint64_t bytes = 0;
    std::uint64_t data_offset = 0;  // of mapped ones
  };
  piece piece_at(std::uint64_t offset, std::uint64_t bytes_max) const;
  void read_origin(std::uint64_t offset, std::span<std::byte> to) const;
  [[noreturn]] void refuse_lost(const piece& at) const;

  volume_source from_;
};

// How large a volume is where nobody says it: it ends after the last block that is mapped or
// known to be lost, or with its external origin. Throws error if no device is so large.
std::uint64_t size_by_map(const volume_map& map, std::uint64_t block_bytes,
                          const data_device* origin);

}  // namespace thin_tools
