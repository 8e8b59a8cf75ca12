// The container of a pack file, version 3, as thin_metadata_pack writes it. All
// integers are little endian.
//
//   header:  u64 magic, u64 version, u64 block size (4096), u64 nr_blocks
//   chunks, until the end of the file:
//            u64 n, then n bytes: one zlib stream
//   inflated, a chunk is a sequence of records:
//            u64 block number, then the block's instructions (delta_code.h)
//
// Chunks and records may stand in any order. A block that no record names is
// all zeroes; no block is named twice. The peers' reader accepts only blocks
// with the checksum of a known kind.
#pragma once

#include <cstddef>
#include <cstdint>

namespace thin_tools {

inline constexpr std::uint64_t pack_magic = 0xa537a0aa6309ef77;
inline constexpr std::uint64_t pack_version = 3;
inline constexpr std::size_t pack_header_bytes = 32;
inline constexpr std::size_t pack_chunk_blocks = 1024;  // what the peers' writer puts in a chunk

// Metadata above 256 GiB does not exist; a header that claims more is damaged.
inline constexpr std::uint64_t pack_nr_blocks_max = std::uint64_t{1} << 26;

}  // namespace thin_tools
