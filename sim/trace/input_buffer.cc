#include "sim/trace/input_buffer.h"

#include <cstring>
#include <utility>

#include "persistent-data/base/require.h"

namespace sim::trace {

namespace {

const char* text_of(const std::byte* bytes) { return reinterpret_cast<const char*>(bytes); }

}  // namespace

input_buffer::input_buffer(std::unique_ptr<byte_source> source)
    : source_(std::move(source)), bytes_(buffer_bytes) {}

bool input_buffer::fill() {
  if (ended_) return false;
  if (begin_ != 0 && bytes_.size() - end_ < look_ahead_max) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const std::size_t got = source_->read(std::span(bytes_).subspan(end_));
  end_ += got;
  ended_ = got == 0;
  return !ended_;
}

std::span<const std::byte> input_buffer::peek(std::size_t count) {
  REQUIRE(count <= look_ahead_max);
  while (end_ - begin_ < count && fill()) {
  }
  return {bytes_.data() + begin_, end_ - begin_};
}

void input_buffer::consume(std::size_t count) {
  REQUIRE(count <= end_ - begin_);
  begin_ += count;
}

void input_buffer::drop_rest_of_line() {
  for (;;) {
    const void* feed = std::memchr(bytes_.data() + begin_, '\n', end_ - begin_);
    if (feed != nullptr) {
      begin_ = static_cast<std::size_t>(static_cast<const std::byte*>(feed) - bytes_.data()) + 1;
      return;
    }
    begin_ = end_;
    if (!fill()) return;
  }
}

bool input_buffer::next_line(line& into) {
  into.too_long = false;
  std::size_t searched = 0;
  for (;;) {
    const std::size_t available = end_ - begin_;
    const void* feed = available == searched ? nullptr
                                             : std::memchr(bytes_.data() + begin_ + searched, '\n',
                                                           available - searched);
    if (feed != nullptr) {
      const auto* start = bytes_.data() + begin_;
      auto length = static_cast<std::size_t>(static_cast<const std::byte*>(feed) - start);
      begin_ += length + 1;
      if (length > 0 && start[length - 1] == std::byte{'\r'}) --length;
      into.text = {text_of(start), length};
      return true;
    }
    searched = available;
    if (available >= look_ahead_max) {
      into.text = {};
      into.too_long = true;
      begin_ = end_;
      drop_rest_of_line();
      return true;
    }
    if (!fill()) break;
  }
  if (begin_ == end_) return false;
  into.text = {text_of(bytes_.data() + begin_), end_ - begin_};
  begin_ = end_;
  return true;
}

}  // namespace sim::trace
