// The functions of xxh3_code as the including source is compiled. All of it is that source's own:
// nothing may be taken from a source that is compiled for other processors.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "thin-tools/files/xxh3_code.h"

namespace {

void xxh3_update(void* state, const std::byte* bytes, std::size_t size) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state), bytes, size);
}

void xxh3_digest(const std::byte* bytes, std::size_t size, std::uint8_t* canonical) {
  XXH128_canonicalFromHash(reinterpret_cast<XXH128_canonical_t*>(canonical),
                           XXH3_128bits(bytes, size));
}

}  // namespace
