// The frames of a stream, proven one by one.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "persistent-data/format/block.h"
#include "thin-tools/text/text_source.h"
#include "thin-tools/transfer/stream_format.h"

namespace thin_tools {

class frame_reader {
 public:
  explicit frame_reader(text_source& from);

  // The first frame. Throws error, as the following do, where the stream ends or is damaged;
  // also where it is of a version that is not known.
  stream_head read_head();
  // The next frame; its payload is there until the next call. `taken_up`: where the sender may
  // have been asked to go on, behind the head.
  frame next(const std::optional<resume_token>& taken_up = {});
  void expect_end();

  std::span<const std::byte> payload() const { return payload_; }
  std::uint64_t next_sequence() const { return next_; }
  const digest_value& check() const { return check_; }  // of the last frame

 private:
  void fill(std::span<std::byte> to);
  [[noreturn]] void fail(const char* why) const;

  text_source& from_;
  std::unique_ptr<pdata::block_buffer[]> memory_;
  std::span<const std::byte> payload_;
  std::uint64_t next_ = 0;
  digest_value check_;
};

}  // namespace thin_tools
