// XXH3 of 128 bits (xxhash 0.8) as two sets of instructions compute it; the values are the same.
#pragma once

#include <cstddef>
#include <cstdint>

namespace thin_tools {

struct xxh3_code {
  // `state`: an XXH3_state_t.
  void (*update)(void* state, const std::byte* bytes, std::size_t size);
  // Of bytes that are all there, in xxhash's canonical form: 16 bytes.
  void (*digest)(const std::byte* bytes, std::size_t size, std::uint8_t* canonical);
};

// What every processor of the architecture has.
extern const xxh3_code xxh3_baseline;
#if defined(__x86_64__)
// Twice as wide; and SSE2 is three times slower on some EPYCs in threads that wait now and then
// and use AVX-512 functions of the C library.
extern const xxh3_code xxh3_avx2;
#endif

// The fastest that this processor has.
const xxh3_code& xxh3();

}  // namespace thin_tools
