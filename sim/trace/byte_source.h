// Where the bytes of a trace come from: a file, standard input or memory, plain
// or compressed by gzip, xz or zstd. Read once, front to back; nothing is sought.
//
// Errors of the environment (no such file, EIO) are thrown as pdata::error.
// Compressed data that is damaged or cut off ends the source, and damage() says
// so: what came before it is still good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace sim::trace {

class byte_source {
 public:
  virtual ~byte_source() = default;

  // Reads at least one byte, or returns 0 at the end.
  virtual std::size_t read(std::span<std::byte> into) = 0;
  // Why the source ended too early; empty if it did not.
  virtual std::string damage() const { return {}; }
  // Bytes taken from the file so far and its size, where it has one: progress.
  virtual std::uint64_t consumed() const = 0;
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

// `path` "-" is standard input. Throws pdata::error if it cannot be opened, or
// is compressed by something else (bzip2).
std::unique_ptr<byte_source> open_source(const std::string& path);

// The bytes must outlive the source. Compressed ones are decompressed too.
std::unique_ptr<byte_source> memory_source(std::span<const std::byte> bytes);

}  // namespace sim::trace
