#include "sim/trace/decoder.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>

namespace sim::trace {

namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";
constexpr std::string_view xz_magic =
    "\xfd"
    "7zXZ";

class gzip_decoder final : public decoder {
 public:
  gzip_decoder() {
    constexpr int gzip_window_bits = 15 + 16;  // zlib's way to ask for the gzip wrapper
    if (inflateInit2(&stream_, gzip_window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~gzip_decoder() override { inflateEnd(&stream_); }
  gzip_decoder(const gzip_decoder&) = delete;
  gzip_decoder& operator=(const gzip_decoder&) = delete;

  std::string_view name() const override { return "gzip"; }

  step decode(std::span<const std::byte> input, std::span<std::byte> into, pdata::piece) override {
    constexpr std::size_t at_once_max = std::numeric_limits<uInt>::max();
    const std::size_t available = std::min(input.size(), at_once_max);
    const std::size_t room = std::min(into.size(), at_once_max);
    if (between_ && available != 0) {
      // What follows a member is another one, or zeroes up to the end of a tape's block.
      if (std::to_integer<unsigned char>(input.front()) == 0) {
        const auto data =
            std::ranges::find_if(input, [](std::byte b) { return b != std::byte{0}; });
        return {.consumed = static_cast<std::size_t>(data - input.begin()),
                .produced = 0,
                .now = state::between};
      }
      if (std::to_integer<unsigned char>(input.front()) != 0x1f) return {.now = state::damaged};
      if (inflateReset(&stream_) != Z_OK) return {.now = state::damaged};
      between_ = false;
    }
    if (between_) return {.now = state::between};
    // zlib's interface has no const; it does not write there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream_.avail_in = static_cast<uInt>(available);
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(room);
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
    between_ = outcome == Z_STREAM_END;
    step done{.consumed = available - stream_.avail_in, .produced = room - stream_.avail_out};
    if (between_)
      done.now = state::between;
    else if (outcome != Z_OK && outcome != Z_BUF_ERROR)
      done.now = state::damaged;
    return done;
  }

 private:
  z_stream stream_ = {};
  bool between_ = false;
};

class xz_decoder final : public decoder {
 public:
  xz_decoder() {
    constexpr std::uint64_t memory_max = std::uint64_t{1} << 30;  // xz -9 needs 65 MiB
    if (lzma_stream_decoder(&stream_, memory_max, LZMA_CONCATENATED) != LZMA_OK)
      throw std::bad_alloc();
  }
  ~xz_decoder() override { lzma_end(&stream_); }
  xz_decoder(const xz_decoder&) = delete;
  xz_decoder& operator=(const xz_decoder&) = delete;

  std::string_view name() const override { return "xz"; }

  step decode(std::span<const std::byte> input, std::span<std::byte> into,
              pdata::piece which) override {
    if (ended_) return {.consumed = input.size(), .produced = 0, .now = state::between};
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    stream_.avail_in = input.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    stream_.avail_out = into.size();
    const lzma_ret outcome =
        lzma_code(&stream_, which == pdata::piece::last ? LZMA_FINISH : LZMA_RUN);
    if (outcome == LZMA_MEM_ERROR || outcome == LZMA_MEMLIMIT_ERROR) throw std::bad_alloc();
    step done{.consumed = input.size() - stream_.avail_in,
              .produced = into.size() - stream_.avail_out};
    ended_ = outcome == LZMA_STREAM_END;
    if (ended_)
      done.now = state::between;
    else if (outcome != LZMA_OK && outcome != LZMA_BUF_ERROR)
      done.now = state::damaged;
    return done;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

class zstd_decoder final : public decoder {
 public:
  zstd_decoder() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    // What the program zstd makes with --long=31 is read too.
    constexpr int window_bits_max = 31;
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_bits_max);
  }
  ~zstd_decoder() override { ZSTD_freeDStream(stream_); }
  zstd_decoder(const zstd_decoder&) = delete;
  zstd_decoder& operator=(const zstd_decoder&) = delete;

  std::string_view name() const override { return "zstd"; }

  step decode(std::span<const std::byte> input, std::span<std::byte> into, pdata::piece) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    const std::size_t outcome = ZSTD_decompressStream(stream_, &out, &in);
    step done{.consumed = in.pos, .produced = out.pos};
    if (ZSTD_isError(outcome) != 0)
      done.now = state::damaged;
    else if (outcome == 0)
      done.now = state::between;
    return done;
  }

 private:
  ZSTD_DStream* stream_;
};

}  // namespace

std::unique_ptr<decoder> decoder_for(std::string_view magic) {
  if (magic.starts_with(gzip_magic)) return std::make_unique<gzip_decoder>();
  if (magic.starts_with(xz_magic)) return std::make_unique<xz_decoder>();
  if (magic.starts_with(zstd_magic)) return std::make_unique<zstd_decoder>();
  return nullptr;
}

}  // namespace sim::trace
