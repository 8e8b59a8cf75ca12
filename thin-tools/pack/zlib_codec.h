// zlib streams (RFC 1950), packed and unpacked in pieces. ISA-L does it where it is
// linked, several times as fast as zlib, which does it elsewhere; each reads what the
// other wrote.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "persistent-data/base/piece.h"

namespace thin_tools {

// Unpacks streams from outside, one after the other.
class inflater {
 public:
  inflater();
  ~inflater();
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  // The next stream begins, whatever became of the one before.
  void begin();
  // Unpacks from the front of `from` to the front of `to` until one of them is used up or
  // the stream ends, and takes off what was used. Throws error if the stream is not sound.
  void run(std::span<const std::byte>& from, std::span<std::byte>& to);
  // The stream has ended, with the right check sum.
  bool ended() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

// Makes streams, one after the other.
class deflater {
 public:
  deflater();
  ~deflater();
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  // Appends to `to` what the stream has got so far. The last piece ends it; the
  // next one begins another.
  void add(std::span<const std::byte> bytes, pdata::piece which, std::vector<std::byte>& to);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace thin_tools
