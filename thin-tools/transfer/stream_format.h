// The form of a stream of a volume, thin-stream(5): frames of 64 bytes, most of them with a
// payload, each with a digest over itself, its payload and the digest of the frame before. All
// numbers have the least significant byte first.
//
//   0   8  "thinstrm"
//   8   4  kind
//   12  4  bytes of the payload
//   16  8  sequence number, from 0
//   24  8  offset in the volume, bytes
//   32  8  length in the volume, bytes
//   40  8  zero
//   48  16 check: XXH3-128 of the check before (zeroes at first), bytes 0 to 47, payload
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thin-tools/files/digest.h"

namespace thin_tools {

inline constexpr std::size_t frame_bytes = 64;
inline constexpr std::uint32_t stream_version = 1;
// Volumes are cut into pieces, by which their contents are digested. A payload is no longer.
inline constexpr std::size_t piece_bytes = std::size_t{1} << 20;

enum class frame_kind : std::uint32_t { head = 1, data = 2, zero = 3, mark = 4, end = 5 };

struct frame {
  frame_kind kind = frame_kind::head;
  std::uint32_t payload_bytes = 0;
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  digest_value check;
};

// The check of a frame and its payload.
digest_value check_of(const frame& what, std::span<const std::byte> payload,
                      const digest_value& before);
void store_frame(const frame& what, std::span<std::byte, frame_bytes> to);
// None: these bytes are no frame that can be.
std::optional<frame> load_frame(std::span<const std::byte, frame_bytes> from);

// The payload of the first frame: what the stream is of.
struct stream_head {
  bool has_base = false;
  std::uint64_t volume_bytes = 0;
  std::uint64_t base_bytes = 0;  // size of the base
  std::uint32_t block_sectors = 0;
  std::uint64_t device = 0;
  std::uint64_t base_device = 0;
  std::uint64_t transaction_id = 0;  // of the pool
  std::uint64_t mapped_bytes = 0;    // of the device
  digest_value fingerprint;          // of the mappings, see thin_ls(8)
  digest_value base_fingerprint;
  digest_value base_contents;  // of the base
};
std::vector<std::byte> store_head(const stream_head& head);
// None: it is of another version, or cannot be.
std::optional<stream_head> load_head(std::span<const std::byte> payload);

// The payload of a mark, where a stream can be taken up, and of the end.
struct stream_position {
  std::uint64_t next_piece = 0;
  digest_value contents;  // of the pieces before
};
std::vector<std::byte> store_position(const stream_position& at);
std::optional<stream_position> load_position(std::span<const std::byte> payload);

// The digest of a volume's contents. Of pieces that are not all zeroes, in ascending order:
//
//   first: XXH3-128 of the volume's size in bytes
//   next:  XXH3-128 of the value before, the index of the piece, XXH3-128 of its bytes
class content_digest {
 public:
  explicit content_digest(std::uint64_t volume_bytes);
  explicit content_digest(const digest_value& value) : value_(value) {}

  void add(std::uint64_t piece, const digest_value& of_piece);
  const digest_value& value() const { return value_; }

 private:
  digest_value value_;
};

// What a sender has to know to go on from a mark: "1-SEQUENCE-PIECE-CHECK-CONTENTS", for people
// to carry.
struct resume_token {
  std::uint64_t sequence = 0;  // of the next frame
  digest_value check;          // of the frame before
  stream_position at;

  std::string text() const;
};
std::optional<resume_token> parse_token(std::string_view text);

}  // namespace thin_tools
