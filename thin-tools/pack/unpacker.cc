#include "thin-tools/pack/unpacker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>

#include "persistent-data/base/error.h"
#include "persistent-data/base/parallel.h"
#include "persistent-data/survey/recognise.h"
#include "thin-tools/pack/delta_code.h"
#include "thin-tools/pack/pack_format.h"

namespace thin_tools {

using pdata::error;
using pdata::metadata_block;

namespace {

constexpr std::uint64_t zlib_stream_bytes_min = 8;  // header, empty block, check sum

// The inflated contents of one chunk, produced as they are asked for.
class inflated_chunk : public instruction_source {
 public:
  using reader = std::function<void(std::uint64_t offset, std::span<std::byte> to)>;

  inflated_chunk(reader read, std::uint64_t offset, std::uint64_t length)
      : read_(std::move(read)), offset_(offset), left_(length) {
    if (inflateInit(&stream_) != Z_OK) throw error("zlib could not start");
  }
  ~inflated_chunk() override { inflateEnd(&stream_); }
  inflated_chunk(const inflated_chunk&) = delete;
  inflated_chunk& operator=(const inflated_chunk&) = delete;

  bool at_end() {
    if (begin_ == end_) refill();
    return begin_ == end_;
  }

  void take(std::span<std::byte> to) override {
    while (!to.empty()) {
      if (at_end()) throw error("damaged pack file: a chunk ends within a block");
      const auto n = std::min(to.size(), end_ - begin_);
      std::memcpy(to.data(), out_.data() + begin_, n);
      begin_ += n;
      to = to.subspan(n);
    }
  }

 private:
  // Leaves nothing to take only at the end of a complete stream.
  void refill() {
    begin_ = end_ = 0;
    while (end_ == 0 && !finished_) {
      if (stream_.avail_in == 0 && left_ > 0) feed();
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int outcome = inflate(&stream_, Z_NO_FLUSH);
      end_ = out_.size() - stream_.avail_out;
      if (outcome == Z_STREAM_END) {
        finished_ = true;
        if (stream_.avail_in != 0 || left_ != 0)
          throw error("damaged pack file: junk behind the compressed data of a chunk");
      } else if (outcome != Z_OK) {
        throw error("damaged pack file: the compressed data of a chunk is not sound");
      }
    }
  }

  void feed() {
    const auto n = std::min<std::uint64_t>(left_, in_.size());
    read_(offset_, std::span(in_).first(n));
    offset_ += n;
    left_ -= n;
    stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
    stream_.avail_in = static_cast<uInt>(n);
  }

  reader read_;
  std::uint64_t offset_;
  std::uint64_t left_;
  z_stream stream_{};
  bool finished_ = false;
  std::array<std::byte, 65536> in_;
  std::array<std::byte, 65536> out_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

std::uint64_t load_u64(const std::array<std::byte, 8>& bytes) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

// Which blocks have come out: one bit each, set by several threads.
class seen_blocks {
 public:
  explicit seen_blocks(std::uint64_t nr_blocks) : words_((nr_blocks + 63) / 64) {}

  bool insert(metadata_block block) {
    const auto bit = std::uint64_t{1} << (block % 64);
    return (words_[block / 64].fetch_or(bit) & bit) == 0;
  }

 private:
  std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace

pack_file::pack_file(const pass& admitted) : admitted_(admitted), path_(admitted.path()) {
  // Opening a pipe would wait for its other end.
  struct stat info {};
  if (::stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    throw error("Not a regular file '" + path_ + "'.");
  auto opened = admitted.open(pass::claim::shared);
  if (!opened.ok())
    pdata::throw_errno(
        opened.errno_value() == ENOENT ? "Couldn't find input file" : "Couldn't open", path_,
        opened.errno_value());
  file_ = std::move(*opened);
  const auto size = file_.size();
  if (!size.ok()) pdata::throw_errno("Couldn't get the size of", path_, size.errno_value());
  size_ = *size;
  read_header();
  find_chunks();
}

void pack_file::read_at(std::uint64_t offset, std::span<std::byte> to) const {
  if (const auto outcome = file_.read(offset, to); !outcome.ok())
    pdata::throw_errno("Couldn't read", path_, outcome.errno_value());
}

pdata::error pack_file::not_a_pack_file() const {
  std::vector<std::byte> beginning(std::min<std::uint64_t>(size_, pdata::recognised_bytes));
  read_at(0, beginning);
  const auto advice = pdata::advice_on(pdata::recognise(beginning));
  return error("Not a pack file: '" + path_ + "'" + (advice.empty() ? "" : ": " + advice));
}

void pack_file::read_header() {
  if (size_ < pack_header_bytes) throw not_a_pack_file();
  std::array<std::byte, 8> field;
  const auto number = [&](std::size_t index) {
    read_at(index * field.size(), field);
    return load_u64(field);
  };
  if (number(0) != pack_magic) throw not_a_pack_file();
  if (number(1) != pack_version)
    throw error(fmt::format("unsupported pack file version ({}) in '{}'", number(1), path_));
  if (number(2) != pdata::block_size)
    throw error(fmt::format("block size is not {} in '{}'", pdata::block_size, path_));
  nr_blocks_ = number(3);
  if (nr_blocks_ > pack_nr_blocks_max)
    throw error(fmt::format("damaged pack file '{}': {} blocks are too many for metadata", path_,
                            nr_blocks_));
}

void pack_file::find_chunks() {
  for (std::uint64_t at = pack_header_bytes; at < size_;) {
    std::array<std::byte, 8> length_bytes;
    if (size_ - at < length_bytes.size())
      throw error("damaged pack file '" + path_ + "': junk at its end");
    read_at(at, length_bytes);
    at += length_bytes.size();
    const auto length = load_u64(length_bytes);
    if (length < zlib_stream_bytes_min)
      throw error("damaged pack file '" + path_ + "': a chunk without contents");
    if (length > size_ - at)
      throw error("damaged pack file '" + path_ + "': a chunk reaches beyond its end");
    chunks_.push_back({at, length});
    at += length;
  }
}

void pack_file::for_each_block(const block_receiver& receive) const {
  seen_blocks seen(nr_blocks_);
  const auto decode_chunk = [&](const chunk& piece) {
    inflated_chunk records([this](auto... args) { read_at(args...); }, piece.offset, piece.length);
    pdata::block_buffer block;
    while (!records.at_end()) {
      std::array<std::byte, 8> number;
      records.take(number);
      const metadata_block location = load_u64(number);
      decode_block(records, block.span());
      if (location >= nr_blocks_)
        throw error(fmt::format("damaged pack file: block {} of {}", location, nr_blocks_));
      if (!seen.insert(location))
        throw error(fmt::format("damaged pack file: block {} twice", location));
      receive(location, block.view());
    }
  };
  pdata::for_each_turn(chunks_.size(), pdata::nr_processors(),
                       [&](unsigned, std::size_t turn) { decode_chunk(chunks_[turn]); });
}

}  // namespace thin_tools
