// How much metadata a pool takes in fact: by trying it out on the engine that
// allocates as the kernel does, or by looking at metadata that exists.
#pragma once

#include <cstdint>
#include <string>

#include "thin-tools/size/metadata_size.h"

namespace thin_tools {

struct pool_use {
  std::uint64_t mappings = 0;  // mapped blocks of all devices together
  unsigned fragmentation = 0;  // percent of them written in random order, the rest ascending
};

// Metadata blocks in use after that many blocks were provisioned. Large pools
// are tried out in part and scaled up. Throws error if the shape cannot hold
// the mappings, or needs more metadata than the kernel can use.
std::uint64_t measured_metadata_blocks(const pool_dimensions& shape, const pool_use& use);

struct existing_size {
  pool_dimensions shape;               // as the metadata says it
  std::uint64_t blocks_used = 0;       // by the metadata space map
  std::uint64_t blocks_available = 0;  // of the device
  std::uint64_t blocks_rebuilt = 0;    // what thin_restore would make of it
};

// Throws error, naming the file, if it is not sound metadata.
existing_size measure_existing(const std::string& path);

}  // namespace thin_tools
