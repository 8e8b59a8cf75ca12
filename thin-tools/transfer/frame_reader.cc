#include "thin-tools/transfer/frame_reader.h"

#include <fmt/format.h>

#include <array>

#include "persistent-data/base/error.h"

namespace thin_tools {

frame_reader::frame_reader(text_source& from)
    : from_(from),
      memory_(
          std::make_unique_for_overwrite<pdata::block_buffer[]>(piece_bytes / pdata::block_size)) {}

stream_head frame_reader::read_head() {
  const auto first = next();
  const auto head = load_head(payload_);
  if (first.kind != frame_kind::head || !head)
    throw pdata::error("this stream begins with no head that this version knows");
  return *head;
}

frame frame_reader::next(const std::optional<resume_token>& taken_up) {
  std::array<std::byte, frame_bytes> bytes;
  fill(bytes);
  const auto loaded = load_frame(bytes);
  if (!loaded) fail("this is no frame of a stream");
  if (loaded->sequence != next_) {
    if (!taken_up) fail("frames are missing, or not in order");
    if (next_ != 1 || loaded->sequence != taken_up->sequence)
      fail("the stream begins neither at its beginning nor where it was to be taken up");
    check_ = taken_up->check;
    next_ = taken_up->sequence;
  }
  const std::span payload(reinterpret_cast<std::byte*>(memory_.get()), loaded->payload_bytes);
  fill(payload);
  if (check_of(*loaded, payload, check_) != loaded->check) fail("a check is wrong");
  payload_ = payload;
  check_ = loaded->check;
  ++next_;
  return *loaded;
}

void frame_reader::expect_end() {
  std::array<char, 1> more{};
  if (from_.read(more) != 0) fail("there is something behind its end");
}

void frame_reader::fill(std::span<std::byte> to) {
  std::size_t filled = 0;
  while (filled < to.size()) {
    const auto n = from_.read({reinterpret_cast<char*>(to.data()) + filled, to.size() - filled});
    if (n == 0) throw pdata::error(fmt::format("the stream ends early, in frame {}", next_));
    filled += n;
  }
}

void frame_reader::fail(const char* why) const {
  throw pdata::error(fmt::format("the stream is damaged in frame {}: {}", next_, why));
}

}  // namespace thin_tools
