#include "thin-tools/pack/zlib_codec.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <random>

#include "persistent-data/base/error.h"

namespace thin_tools {
namespace {

using bytes = std::vector<std::byte>;

// Numbers in steps with noise between: what pack files hold.
bytes contents(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  bytes made(size);
  for (std::size_t i = 0; i < size; ++i)
    made[i] = static_cast<std::byte>(i % 7 < 3 ? random() : i / 300);
  return made;
}

bytes packed(deflater& with, const bytes& whole, std::size_t piece) {
  bytes stream;
  for (std::size_t at = 0; at < whole.size(); at += piece)
    with.add(std::span(whole).subspan(at, std::min(piece, whole.size() - at)),
             pdata::piece::more_follow, stream);
  with.add({}, pdata::piece::last, stream);
  return stream;
}

bytes packed_by_zlib(const bytes& whole, int level) {
  uLongf size = compressBound(whole.size());
  bytes stream(size);
  EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(stream.data()), &size,
                      reinterpret_cast<const Bytef*>(whole.data()), whole.size(), level),
            Z_OK);
  stream.resize(size);
  return stream;
}

bytes unpacked_by_zlib(const bytes& stream, std::size_t size) {
  bytes whole(size + 1);
  uLongf length = whole.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(whole.data()), &length,
                       reinterpret_cast<const Bytef*>(stream.data()), stream.size()),
            Z_OK);
  whole.resize(length);
  return whole;
}

// What came out until nothing moved any more.
bytes unpacked(inflater& with, const bytes& stream, std::size_t in_piece, std::size_t out_piece) {
  bytes whole;
  bytes out(out_piece);
  with.begin();
  std::span<const std::byte> from;
  std::size_t fed = 0;
  bool idle = false;
  while (!with.ended() && !idle) {
    if (from.empty() && fed < stream.size()) {
      from = std::span(stream).subspan(fed, std::min(in_piece, stream.size() - fed));
      fed += from.size();
    }
    const std::size_t given = from.size();
    std::span<std::byte> room(out);
    with.run(from, room);
    const auto made = static_cast<std::ptrdiff_t>(out.size() - room.size());
    whole.insert(whole.end(), out.begin(), out.begin() + made);
    idle = made == 0 && from.size() == given && fed == stream.size();
  }
  EXPECT_TRUE(!with.ended() || (from.empty() && fed == stream.size()));
  return whole;
}

TEST(zlib_codec, streams_made_one_after_the_other_are_zlib_s) {
  deflater maker;
  for (const std::size_t size : {0U, 1U, 70000U, 500000U})
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{262144}}) {
      const auto whole = contents(size, static_cast<unsigned>(size));
      EXPECT_EQ(unpacked_by_zlib(packed(maker, whole, piece), size), whole) << size;
    }
}

TEST(zlib_codec, streams_are_read_in_pieces_of_any_size) {
  inflater reader;
  deflater maker;
  for (const std::size_t size : {0U, 1U, 70000U, 200000U}) {
    const auto whole = contents(size, 1);
    for (const auto& stream : {packed_by_zlib(whole, 0), packed_by_zlib(whole, 1),
                               packed_by_zlib(whole, 9), packed(maker, whole, 4096)})
      for (const std::size_t in : {std::size_t{1}, std::size_t{777}, std::size_t{1000000}})
        for (const std::size_t out : {std::size_t{100}, std::size_t{262144}}) {
          EXPECT_EQ(unpacked(reader, stream, in, out), whole);
          EXPECT_TRUE(reader.ended());
        }
  }
}

TEST(zlib_codec, damage_is_an_error_or_no_end) {
  inflater reader;
  const auto whole = contents(30000, 5);
  const auto stream = packed_by_zlib(whole, 6);
  const auto is_refused = [&](const bytes& bad) {
    try {
      static_cast<void>(unpacked(reader, bad, 4096, 65536));
      return !reader.ended();
    } catch (const pdata::error&) {
      return true;
    }
  };
  for (std::size_t at = 0; at < stream.size(); at += 97) {
    auto bad = stream;
    bad[at] ^= std::byte{0x10};
    EXPECT_TRUE(is_refused(bad)) << at;
    EXPECT_TRUE(is_refused(bytes(stream.begin(), stream.begin() + static_cast<long>(at)))) << at;
  }
  auto wrong_sum = stream;
  wrong_sum.back() ^= std::byte{1};
  EXPECT_TRUE(is_refused(wrong_sum));
  // It still reads what is sound.
  EXPECT_EQ(unpacked(reader, stream, 4096, 65536), whole);
}

}  // namespace
}  // namespace thin_tools
