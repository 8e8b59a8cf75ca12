#include "thin-tools/shrink/data_mover.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"
#include "thin-tools/files/output_file.h"

namespace thin_tools {

using pdata::error;

namespace {

// What is moved between two flushes; a crash repeats at most this much.
constexpr std::uint64_t batch_bytes = std::uint64_t{64} << 20;

}  // namespace

move_journal::move_journal(std::string path, const shrink_plan& plan)
    : path_(std::move(path)), fingerprint_(plan.fingerprint()) {}

std::uint64_t move_journal::blocks_done() const {
  if (path_.empty() || !std::filesystem::exists(path_)) return 0;
  std::ifstream file(path_);
  std::string title;
  std::uint64_t fingerprint = 0;
  std::uint64_t done = 0;
  if (!(file >> title >> std::hex >> fingerprint >> std::dec >> done) || title != "thin_shrink")
    throw error("'" + path_ + "' is not a journal of thin_shrink");
  if (fingerprint != fingerprint_)
    throw error(
        "the journal '" + path_ +
        "' belongs to another run: other metadata or another size; remove it to start anew");
  return done;
}

void move_journal::record(std::uint64_t blocks_done) const {
  if (path_.empty()) return;
  output_file file(path_);
  file.write(fmt::format("thin_shrink {:x} {}\n", fingerprint_, blocks_done));
  file.commit();
}

void move_journal::remove() const {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

namespace {

// Copies and verifies pieces of one batch at a time.
class mover {
 public:
  mover(const data_device& device, std::uint64_t block_bytes)
      : device_(device),
        block_bytes_(block_bytes),
        buffer_(std::make_unique_for_overwrite<pdata::block_buffer[]>(2 * piece_blocks)) {}

  void copy(const data_move& move) {
    for_each_piece(move, [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
      device_.read(from, first(), bytes);
      device_.write(to, first(), bytes);
    });
  }

  void verify(const data_move& move) {
    for_each_piece(move, [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
      device_.read(from, first(), bytes);
      device_.read(to, second(), bytes);
      if (std::memcmp(first(), second(), bytes) != 0)
        throw error(fmt::format("'{}' does not return at byte {} what was written there",
                                device_.path(), to));
    });
  }

 private:
  static constexpr std::size_t piece_blocks = data_piece_bytes_max / pdata::block_size;

  std::byte* first() { return reinterpret_cast<std::byte*>(buffer_.get()); }
  std::byte* second() { return first() + data_piece_bytes_max; }

  template <class Visit>
  void for_each_piece(const data_move& move, Visit visit) {
    const auto bytes = move.length * block_bytes_;
    for (std::uint64_t at = 0; at < bytes; at += data_piece_bytes_max)
      visit(move.from * block_bytes_ + at, move.to * block_bytes_ + at,
            static_cast<std::size_t>(std::min<std::uint64_t>(data_piece_bytes_max, bytes - at)));
  }

  const data_device& device_;
  std::uint64_t block_bytes_;
  std::unique_ptr<pdata::block_buffer[]> buffer_;
};

// The moves from `done` blocks on, cut so that a batch has at most `limit` blocks.
class batches {
 public:
  batches(const shrink_plan& plan, std::uint64_t done, std::uint64_t limit)
      : plan_(plan), limit_(limit) {
    while (index_ < plan_.moves.size() && done >= plan_.moves[index_].length)
      done -= plan_.moves[index_++].length;
    offset_ = done;
  }

  std::vector<data_move> next() {
    std::vector<data_move> batch;
    for (auto room = limit_; room > 0 && index_ < plan_.moves.size();) {
      const auto& move = plan_.moves[index_];
      const auto length = std::min(room, move.length - offset_);
      batch.push_back({move.from + offset_, move.to + offset_, length});
      room -= length;
      offset_ += length;
      if (offset_ == move.length) {
        ++index_;
        offset_ = 0;
      }
    }
    return batch;
  }

 private:
  const shrink_plan& plan_;
  std::uint64_t limit_;
  std::size_t index_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace

void move_data(const data_device& device, const shrink_plan& plan, std::uint64_t block_bytes,
               const move_journal& journal, const move_progress& progress) {
  const auto total = plan.blocks_to_move();
  auto done = std::min(journal.blocks_done(), total);
  batches rest(plan, done, std::max<std::uint64_t>(1, batch_bytes / block_bytes));
  mover move(device, block_bytes);
  for (auto batch = rest.next(); !batch.empty(); batch = rest.next()) {
    progress(done, total);
    for (const auto& piece : batch) move.copy(piece);
    device.sync();
    for (const auto& piece : batch) {
      move.verify(piece);
      done += piece.length;
    }
    journal.record(done);
  }
  progress(total, total);
}

}  // namespace thin_tools
