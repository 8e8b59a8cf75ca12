// Decompression as a stream: what zlib, liblzma and libzstd have in common.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "persistent-data/base/piece.h"

namespace sim::trace {

class decoder {
 public:
  enum class state : unsigned char {
    more,     // goes on with more input or room
    between,  // a member, stream or frame ended: the input may end here
    damaged
  };
  struct step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    state now = state::more;
  };

  virtual ~decoder() = default;

  // Decodes some of `input`; Throws
  // std::bad_alloc.
  virtual step decode(std::span<const std::byte> input, std::span<std::byte> into,
                      pdata::piece which) = 0;
  // "gzip", for messages.
  virtual std::string_view name() const = 0;
};

// The decoder for data that begins with these bytes; none if they are not
// compressed by gzip, xz or zstd.
std::unique_ptr<decoder> decoder_for(std::string_view magic);

}  // namespace sim::trace
