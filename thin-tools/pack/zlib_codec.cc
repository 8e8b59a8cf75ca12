#include "thin-tools/pack/zlib_codec.h"

#ifdef THIN_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

#include <algorithm>
#include <cstdint>
#include <limits>

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"

namespace thin_tools {

using pdata::error;

namespace {

// What both libraries count in.
constexpr std::size_t piece_bytes_max = std::numeric_limits<std::uint32_t>::max();
// By so much the packed bytes grow at a time.
constexpr std::size_t growth_bytes = std::size_t{1} << 16;

unsigned char* mutable_bytes(std::span<const std::byte> bytes) {
  // The libraries take pointers to mutable bytes and do not change them.
  return const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
}

std::uint32_t piece(std::size_t bytes) {
  return static_cast<std::uint32_t>(std::min(bytes, piece_bytes_max));
}

[[noreturn]] void unsound() {
  throw error("damaged pack file: the compressed data of a chunk is not sound");
}

}  // namespace

#ifdef THIN_HAVE_ISAL

struct inflater::state {
  inflate_state stream;
  bool ended = false;
};

inflater::inflater() : state_(std::make_unique<state>()) { begin(); }

void inflater::begin() {
  isal_inflate_init(&state_->stream);
  state_->stream.crc_flag = ISAL_ZLIB;
  state_->ended = false;
}

void inflater::run(std::span<const std::byte>& from, std::span<std::byte>& to) {
  auto& stream = state_->stream;
  const auto given = piece(from.size());
  const auto room = piece(to.size());
  stream.next_in = mutable_bytes(from);
  stream.avail_in = given;
  stream.next_out = reinterpret_cast<unsigned char*>(to.data());
  stream.avail_out = room;
  if (isal_inflate(&stream) != ISAL_DECOMP_OK) unsound();
  from = from.subspan(given - stream.avail_in);
  to = to.subspan(room - stream.avail_out);
  const bool all_out = stream.tmp_out_processed == stream.tmp_out_valid;
  state_->ended = stream.block_state == ISAL_BLOCK_FINISH && all_out;
}

struct deflater::state {
  void begin() {
    isal_deflate_reset(&stream);
    stream.gzip_flag = IGZIP_ZLIB;  // changed by the library when the header was written
  }
  isal_zstream stream;
  std::vector<unsigned char> level_buffer = std::vector<unsigned char>(ISAL_DEF_LVL3_DEFAULT);
};

deflater::deflater() : state_(std::make_unique<state>()) {
  auto& stream = state_->stream;
  isal_deflate_init(&stream);
  stream.level = 3;
  stream.level_buf = state_->level_buffer.data();
  stream.level_buf_size = static_cast<std::uint32_t>(state_->level_buffer.size());
  stream.flush = NO_FLUSH;
  state_->begin();
}

void deflater::add(std::span<const std::byte> bytes, pdata::piece which,
                   std::vector<std::byte>& to) {
  auto& stream = state_->stream;
  REQUIRE(bytes.size() <= piece_bytes_max);
  stream.next_in = mutable_bytes(bytes);
  stream.avail_in = piece(bytes.size());
  stream.end_of_stream = which == pdata::piece::last ? 1 : 0;
  do {
    const std::size_t before = to.size();
    to.resize(before + growth_bytes);
    stream.next_out = reinterpret_cast<unsigned char*>(to.data() + before);
    stream.avail_out = growth_bytes;
    if (isal_deflate(&stream) != COMP_OK) throw error("ISA-L could not compress a chunk");
    to.resize(to.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  REQUIRE(stream.avail_in == 0);
  if (which == pdata::piece::last) state_->begin();
}

#else

struct inflater::state {
  ~state() { inflateEnd(&stream); }
  z_stream stream{};
  bool ended = false;
};

inflater::inflater() : state_(std::make_unique<state>()) {
  if (inflateInit(&state_->stream) != Z_OK) throw error("zlib could not start");
}

void inflater::begin() {
  REQUIRE(inflateReset(&state_->stream) == Z_OK);
  state_->ended = false;
}

void inflater::run(std::span<const std::byte>& from, std::span<std::byte>& to) {
  auto& stream = state_->stream;
  const auto given = piece(from.size());
  const auto room = piece(to.size());
  stream.next_in = mutable_bytes(from);
  stream.avail_in = given;
  stream.next_out = reinterpret_cast<unsigned char*>(to.data());
  stream.avail_out = room;
  const int outcome = inflate(&stream, Z_NO_FLUSH);
  from = from.subspan(given - stream.avail_in);
  to = to.subspan(room - stream.avail_out);
  state_->ended = outcome == Z_STREAM_END;
  // Z_BUF_ERROR: nothing to be done without more bytes, or more room.
  if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) unsound();
}

struct deflater::state {
  ~state() { deflateEnd(&stream); }
  z_stream stream{};
};

deflater::deflater() : state_(std::make_unique<state>()) {
  if (deflateInit(&state_->stream, Z_DEFAULT_COMPRESSION) != Z_OK)
    throw error("zlib could not start");
}

void deflater::add(std::span<const std::byte> bytes, pdata::piece which,
                   std::vector<std::byte>& to) {
  auto& stream = state_->stream;
  REQUIRE(bytes.size() <= piece_bytes_max);
  stream.next_in = mutable_bytes(bytes);
  stream.avail_in = piece(bytes.size());
  do {
    const std::size_t before = to.size();
    to.resize(before + growth_bytes);
    stream.next_out = reinterpret_cast<unsigned char*>(to.data() + before);
    stream.avail_out = growth_bytes;
    if (deflate(&stream, which == pdata::piece::last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
      throw error("zlib could not compress a chunk");
    to.resize(to.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  REQUIRE(stream.avail_in == 0);
  if (which == pdata::piece::last) REQUIRE(deflateReset(&stream) == Z_OK);
}

#endif

inflater::~inflater() = default;
bool inflater::ended() const { return state_->ended; }
deflater::~deflater() = default;

}  // namespace thin_tools
