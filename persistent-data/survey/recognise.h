// What an input is, by what proves it: a magic number at its place. Text is looked
// for only where no magic number is, since a checksum may look like any character.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "persistent-data/format/block.h"
#include "persistent-data/io/block_device.h"

namespace pdata {

enum class input_kind : std::uint8_t {
  thin_metadata,   // the magic number of its superblock, whatever its checksum says
  other_metadata,  // of dm-cache or dm-era
  pack_file,       // of thin_metadata_pack
  compressed,
  xml,
  json,
  text,
  zeroes,
  foreign,  // something else that is known: a file system, a partition table
  unknown,
};

struct recognised {
  input_kind kind = input_kind::unknown;
  std::string what;  // "gzip data"; empty where unknown
};

// As much of the beginning as the magic numbers need that stand farthest behind.
inline constexpr std::size_t recognised_bytes = std::size_t{17} * block_size;

// By the beginning of the input, which may be shorter than that.
recognised recognise(std::span<const std::byte> beginning);
recognised recognise(block_device& device);

// A clause that a message ends with: what it is, and what helps: "it looks like gzip
// data: this is compressed, unpack it first". Empty if it is not known.
std::string advice_on(const recognised& input);

}  // namespace pdata
