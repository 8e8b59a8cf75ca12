#include "thin-tools/pack/packer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "thin-tools/pack/delta_code.h"
#include "thin-tools/pack/pack_format.h"
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

// A complete zlib stream behind its length.
std::vector<std::byte> compressed_chunk(std::span<const std::byte> records) {
  std::vector<std::byte> chunk(sizeof(std::uint64_t) + compressBound(records.size()));
  uLongf length = chunk.size() - sizeof(std::uint64_t);
  const int outcome =
      compress(reinterpret_cast<Bytef*>(chunk.data() + sizeof(std::uint64_t)), &length,
               reinterpret_cast<const Bytef*>(records.data()), records.size());
  if (outcome != Z_OK) throw error("zlib could not compress a chunk");
  std::vector<std::byte> prefix;
  append_u64(prefix, length);
  std::ranges::copy(prefix, chunk.begin());
  chunk.resize(sizeof(std::uint64_t) + length);
  return chunk;
}

class chunk_maker {
 public:
  chunk_maker(pdata::block_device& from, const pack_options& options)
      : from_(from),
        options_(options),
        blocks_(std::make_unique<block_buffer[]>(pack_chunk_blocks)) {}

  // The chunk of `count` blocks from `first` on; empty if none is stored.
  std::vector<std::byte> make(metadata_block first, std::size_t count) {
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
    return records_.empty() ? std::vector<std::byte>() : compressed_chunk(records_);
  }

  const pack_summary& summary() const { return summary_; }

 private:
  bool is_wanted(pdata::block_view block) {
    if (pdata::identify(block)) return true;
    if (pdata::is_zero(block)) return false;
    ++summary_.nr_damaged;
    return options_.keep_damaged;
  }

  pdata::block_device& from_;
  const pack_options& options_;
  std::unique_ptr<block_buffer[]> blocks_;
  std::vector<std::byte> records_;
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

}  // namespace

pack_summary pack(pdata::block_device& from, text_sink& to, const pack_options& options) {
  const metadata_block nr_blocks = from.nr_blocks();
  if (nr_blocks > pack_nr_blocks_max)
    throw error(fmt::format("{} blocks are too many for metadata; at most {} can be packed",
                            nr_blocks, pack_nr_blocks_max));
  std::vector<std::byte> header;
  for (const auto field : {pack_magic, pack_version, std::uint64_t{block_size}, nr_blocks})
    append_u64(header, field);
  to.write(as_text(header));

  idle_makers makers(from, options);
  const auto make_chunk = [&](std::size_t number, text_buffer& out) {
    const auto first = number * pack_chunk_blocks;
    const auto count = std::min<std::uint64_t>(pack_chunk_blocks, nr_blocks - first);
    auto maker = makers.take();
    out << as_text(maker->make(first, count));
    makers.put_back(std::move(maker));
  };
  write_parts(to, pdata::div_up(nr_blocks, pack_chunk_blocks), make_chunk);
  return makers.summary();
}

}  // namespace thin_tools
