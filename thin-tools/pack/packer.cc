#include "thin-tools/pack/packer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "thin-tools/pack/delta_code.h"
#include "thin-tools/pack/pack_format.h"

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

// Chunks are made by several workers and written in the order of the blocks.
class chunk_writer {
 public:
  explicit chunk_writer(text_sink& to) : to_(to) {}

  // Waits for its turn. Returns false if another worker has failed.
  bool write(std::uint64_t turn, std::span<const std::byte> chunk) {
    std::unique_lock lock(mutex_);
    turn_changed_.wait(lock, [&] { return next_ == turn || failure_; });
    if (failure_) return false;
    if (!chunk.empty()) to_.write(as_text(chunk));
    ++next_;
    turn_changed_.notify_all();
    return true;
  }

  void fail(std::exception_ptr why) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
    turn_changed_.notify_all();
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  text_sink& to_;
  std::mutex mutex_;
  std::condition_variable turn_changed_;
  std::uint64_t next_ = 0;
  std::exception_ptr failure_;
};

class worker {
 public:
  worker(pdata::block_device& from, const pack_options& options)
      : from_(from),
        options_(options),
        blocks_(std::make_unique<block_buffer[]>(pack_chunk_blocks)) {}

  // The chunk of `count` blocks from `first` on; empty if none is stored.
  std::vector<std::byte> make_chunk(metadata_block first, std::size_t count) {
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

void run_worker(worker& mine, unsigned number, unsigned nr_workers, metadata_block nr_blocks,
                chunk_writer& writer) {
  try {
    const auto nr_chunks = pdata::div_up(nr_blocks, pack_chunk_blocks);
    for (std::uint64_t turn = number; turn < nr_chunks; turn += nr_workers) {
      const auto first = turn * pack_chunk_blocks;
      const auto count = std::min<std::uint64_t>(pack_chunk_blocks, nr_blocks - first);
      if (!writer.write(turn, mine.make_chunk(first, count))) return;
    }
  } catch (...) {
    writer.fail(std::current_exception());
  }
}

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

  const unsigned nr_workers = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<worker>> workers;
  for (unsigned i = 0; i < nr_workers; ++i)
    workers.push_back(std::make_unique<worker>(from, options));
  chunk_writer writer(to);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < nr_workers; ++i)
      threads.emplace_back([&, i] { run_worker(*workers[i], i, nr_workers, nr_blocks, writer); });
  }
  writer.rethrow();
  pack_summary sum;
  for (const auto& done : workers) {
    sum.nr_stored += done->summary().nr_stored;
    sum.nr_damaged += done->summary().nr_damaged;
    sum.nr_unreadable += done->summary().nr_unreadable;
  }
  return sum;
}

}  // namespace thin_tools
