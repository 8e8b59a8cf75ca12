#include "thin-tools/pack/unpacker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/base/parallel.h"
#include "persistent-data/survey/recognise.h"
#include "thin-tools/pack/delta_code.h"
#include "thin-tools/pack/pack_format.h"
#include "thin-tools/pack/zlib_codec.h"

namespace thin_tools {

using pdata::error;
using pdata::metadata_block;

namespace {

constexpr std::uint64_t zlib_stream_bytes_min = 8;  // header, empty block, check sum

// The inflated contents of a chunk, produced as they are asked for.
class inflated_chunk : public instruction_source {
 public:
  using reader = std::function<void(std::uint64_t offset, std::span<std::byte> to)>;

  explicit inflated_chunk(reader read)
      : read_(std::move(read)), in_(piece_bytes), out_(piece_bytes) {}

  void begin(std::uint64_t offset, std::uint64_t length) {
    offset_ = offset;
    left_in_file_ = length;
    unread_ = {};
    begin_piece({});
    stream_.begin();
  }
  bool at_end() { return left() == 0 && !inflate_piece(); }

 private:
  static constexpr std::size_t piece_bytes = std::size_t{1} << 18;

  void refill() override {
    if (!inflate_piece()) throw error("damaged pack file: a chunk ends within a block");
  }

  // False at the end of a complete stream.
  bool inflate_piece() {
    std::span<std::byte> room(out_);
    while (room.size() == out_.size() && !stream_.ended()) {
      if (unread_.empty() && left_in_file_ > 0) feed();
      const auto given = unread_.size();
      stream_.run(unread_, room);
      if (stream_.ended() && (!unread_.empty() || left_in_file_ != 0))
        throw error("damaged pack file: junk behind the compressed data of a chunk");
      const bool idle = unread_.size() == given && room.size() == out_.size();
      if (idle && !stream_.ended())
        throw error("damaged pack file: the compressed data of a chunk is not sound");
    }
    begin_piece(std::span(out_).first(out_.size() - room.size()));
    return left() != 0;
  }

  void feed() {
    const auto n = pdata::to_size(std::min<std::uint64_t>(left_in_file_, in_.size()));
    read_(offset_, std::span(in_).first(n));
    offset_ += n;
    left_in_file_ -= n;
    unread_ = std::span(in_).first(n);
  }

  reader read_;
  std::uint64_t offset_ = 0;
  std::uint64_t left_in_file_ = 0;
  inflater stream_;
  std::vector<std::byte> in_;
  std::vector<std::byte> out_;
  std::span<const std::byte> unread_;
};

// Blocks that follow each other, until there are many of them.
class block_run {
 public:
  explicit block_run(const pack_file::run_receiver& receive)
      : receive_(receive), blocks_(std::make_unique<pdata::block_buffer[]>(run_blocks_max)) {}

  // Where the block is put that stands there.
  pdata::block_span append(metadata_block location) {
    if (nr_blocks_ == run_blocks_max || location != first_ + nr_blocks_) send();
    if (nr_blocks_ == 0) first_ = location;
    return blocks_[nr_blocks_++].span();
  }
  void send() {
    if (nr_blocks_ != 0)
      receive_(first_,
               {reinterpret_cast<std::byte*>(blocks_.get()), nr_blocks_ * pdata::block_size});
    nr_blocks_ = 0;
  }

 private:
  static constexpr std::size_t run_blocks_max = 64;

  const pack_file::run_receiver& receive_;
  metadata_block first_ = 0;
  std::size_t nr_blocks_ = 0;
  std::unique_ptr<pdata::block_buffer[]> blocks_;
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
  explicit seen_blocks(std::uint64_t nr_blocks) : words_(pdata::to_room((nr_blocks + 63) / 64)) {}

  bool insert(metadata_block block) {
    const auto bit = std::uint64_t{1} << (block % 64);
    return (words_[pdata::to_size(block / 64)].fetch_or(bit) & bit) == 0;
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
  std::vector<std::byte> beginning(
      pdata::to_size(std::min<std::uint64_t>(size_, pdata::recognised_bytes)));
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

void pack_file::for_each_run(const run_receiver& receive) const {
  struct worker {
    inflated_chunk records;
    block_run blocks;
  };
  const unsigned nr_workers = pdata::nr_processors();
  std::vector<std::unique_ptr<worker>> workers(nr_workers);
  seen_blocks seen(nr_blocks_);
  const auto decode_chunk = [&](worker& mine, const chunk& piece) {
    mine.records.begin(piece.offset, piece.length);
    while (!mine.records.at_end()) {
      const metadata_block location = mine.records.take_number(8);
      if (location >= nr_blocks_)
        throw error(fmt::format("damaged pack file: block {} of {}", location, nr_blocks_));
      if (!seen.insert(location))
        throw error(fmt::format("damaged pack file: block {} twice", location));
      decode_block(mine.records, mine.blocks.append(location));
    }
    mine.blocks.send();
  };
  pdata::for_each_turn(chunks_.size(), nr_workers, [&](unsigned number, std::size_t turn) {
    auto& mine = workers[number];
    if (!mine)
      mine.reset(new worker{inflated_chunk([this](auto... args) { read_at(args...); }),
                            block_run(receive)});
    decode_chunk(*mine, chunks_[turn]);
  });
}

}  // namespace thin_tools
