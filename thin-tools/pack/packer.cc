#include "thin-tools/pack/packer.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/tree_value.h"
#include "persistent-data/io/file_device.h"
#include "thin-tools/pack/delta_code.h"
#include "thin-tools/pack/pack_format.h"
#include "thin-tools/pack/zlib_codec.h"
#include "thin-tools/text/parallel_text.h"

namespace thin_tools {

using pdata::block_buffer;
using pdata::block_size;
using pdata::error;
using pdata::metadata_block;

namespace {

void append_u64(std::vector<std::byte>& to, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) to.push_back(static_cast<std::byte>(value >> shift));
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class chunk_maker {
 public:
  chunk_maker(pdata::block_device& from, const pack_options& options)
      : from_(from), options_(options), blocks_(std::make_unique<block_buffer[]>(piece_blocks)) {}

  // The chunk of `count` blocks from `first` on: a complete zlib stream behind its length. It
  // is empty if none is stored. Valid until the next one is made.
  std::span<const std::byte> make(metadata_block first, std::size_t count) {
    const auto stored_before = summary_.nr_stored;
    chunk_.assign(sizeof(std::uint64_t), {});
    for (metadata_block at = first, end = first + count; at < end; at += piece_blocks) {
      add_piece(at, pdata::to_size(std::min<std::uint64_t>(piece_blocks, end - at)));
      stream_.add(records_, pdata::piece::more_follow, chunk_);
    }
    stream_.add({}, pdata::piece::last, chunk_);
    if (summary_.nr_stored == stored_before) return {};
    std::ranges::copy(pdata::encode_u64(chunk_.size() - sizeof(std::uint64_t)), chunk_.begin());
    return chunk_;
  }

  const pack_summary& summary() const { return summary_; }

 private:
  static constexpr std::size_t piece_blocks = 64;

  void add_piece(metadata_block first, std::size_t count) {
    records_.clear();
    const std::span bytes(reinterpret_cast<std::byte*>(blocks_.get()), count * block_size);
    const bool whole = from_.read(first, bytes).ok();
    for (std::size_t i = 0; i < count; ++i) {
      if (!whole && !from_.read(first + i, blocks_[i].span()).ok()) {
        ++summary_.nr_unreadable;
        continue;
      }
      if (!is_wanted(blocks_[i].view())) continue;
      ++summary_.nr_stored;
      append_u64(records_, first + i);
      encode_block(blocks_[i].view(), records_);
    }
  }

  bool is_wanted(pdata::block_view block) {
    if (pdata::identify(block)) return true;
    if (pdata::all_zero(block)) return false;
    ++summary_.nr_damaged;
    return options_.keep_damaged;
  }

  pdata::block_device& from_;
  const pack_options& options_;
  std::unique_ptr<block_buffer[]> blocks_;
  std::vector<std::byte> records_;
  deflater stream_;
  std::vector<std::byte> chunk_;
  pack_summary summary_;
};

// Makers keep their buffers from chunk to chunk.
class idle_makers {
 public:
  idle_makers(pdata::block_device& from, const pack_options& options)
      : from_(from), options_(options) {}

  std::unique_ptr<chunk_maker> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<chunk_maker>(from_, options_);
    auto maker = std::move(idle_.back());
    idle_.pop_back();
    return maker;
  }

  void put_back(std::unique_ptr<chunk_maker> maker) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(maker));
  }

  // Of all, when none is at work.
  pack_summary summary() const {
    pack_summary sum;
    for (const auto& maker : idle_) {
      sum.nr_stored += maker->summary().nr_stored;
      sum.nr_damaged += maker->summary().nr_damaged;
      sum.nr_unreadable += maker->summary().nr_unreadable;
    }
    return sum;
  }

 private:
  pdata::block_device& from_;
  const pack_options& options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<chunk_maker>> idle_;
};

// The first blocks of all chunks but those that are holes of a file, and so nothing but zeroes.
std::vector<metadata_block> chunks_with_data(pdata::block_device& from) {
  std::vector<metadata_block> chunks;
  for (auto at = next_data(from, 0); at < from.nr_blocks();) {
    chunks.push_back(at - at % pack_chunk_blocks);
    const auto next = chunks.back() + pack_chunk_blocks;
    at = next < from.nr_blocks() ? next_data(from, next) : next;
  }
  return chunks;
}

}  // namespace

pack_summary pack(pdata::block_device& from, text_sink& to, const pack_options& options) {
  const metadata_block nr_blocks = from.nr_blocks();
  if (nr_blocks > pack_nr_blocks_max)
    throw error(fmt::format("{} blocks are too many for metadata; at most {} can be packed",
                            nr_blocks, pack_nr_blocks_max));
  std::vector<std::byte> header;
  for (const auto field : {pack_magic, pack_version, std::uint64_t{block_size}, nr_blocks.value()})
    append_u64(header, field);
  to.write(as_text(header));

  const auto chunks = chunks_with_data(from);
  idle_makers makers(from, options);
  const auto make_chunk = [&](std::size_t number, text_buffer& out) {
    const auto first = chunks[number];
    const auto count = std::min<std::uint64_t>(pack_chunk_blocks, nr_blocks - first);
    auto maker = makers.take();
    out << as_text(maker->make(first, pdata::to_size(count)));
    makers.put_back(std::move(maker));
  };
  write_parts(to, chunks.size(), make_chunk);
  return makers.summary();
}

}  // namespace thin_tools
