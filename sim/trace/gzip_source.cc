#include "sim/trace/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace sim::trace {

namespace {

constexpr std::size_t input_bytes = 128 * 1024;
constexpr int gzip_window_bits = 15 + 16;  // zlib's way to ask for the gzip wrapper

}  // namespace

struct gzip_source::inflater {
  z_stream stream = {};
};

gzip_source::gzip_source(std::unique_ptr<byte_source> compressed)
    : compressed_(std::move(compressed)),
      input_(input_bytes),
      inflater_(std::make_unique<inflater>()) {
  if (inflateInit2(&inflater_->stream, gzip_window_bits) != Z_OK) throw std::bad_alloc();
}

gzip_source::~gzip_source() { inflateEnd(&inflater_->stream); }

bool gzip_source::refill() {
  z_stream& stream = inflater_->stream;
  if (stream.avail_in != 0) return true;
  const std::size_t got = compressed_->read(input_);
  stream.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream.avail_in = static_cast<uInt>(got);
  return got != 0;
}

// What follows a member is another one, or padding, which gzip ignores too.
bool gzip_source::start_next_member() {
  constexpr Bytef first_magic_byte = 0x1f;
  z_stream& stream = inflater_->stream;
  return refill() && *stream.next_in == first_magic_byte && inflateReset(&stream) == Z_OK;
}

std::size_t gzip_source::read(std::span<std::byte> into) {
  z_stream& stream = inflater_->stream;
  constexpr std::size_t at_once_max = std::numeric_limits<uInt>::max();
  const std::size_t wanted = std::min(into.size(), at_once_max);
  stream.next_out = reinterpret_cast<Bytef*>(into.data());
  stream.avail_out = static_cast<uInt>(wanted);
  while (!ended_ && stream.avail_out == wanted) {
    if (!refill()) {
      damage_ = "the gzip data is cut off";
      ended_ = true;
      break;
    }
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    if (outcome == Z_STREAM_END) {
      ended_ = !start_next_member();
    } else if (outcome == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      damage_ = "the gzip data is damaged";
      ended_ = true;
    }
  }
  return wanted - stream.avail_out;
}

}  // namespace sim::trace
