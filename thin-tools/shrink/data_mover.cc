#include "thin-tools/shrink/data_mover.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/crc32c.h"

namespace thin_tools {

using pdata::error;

namespace {

// What is moved between two flushes; a crash repeats at most this much.
constexpr std::uint64_t batch_bytes = std::uint64_t{64} << 20;

// Copies and verifies pieces of one batch at a time.
class mover {
 public:
  mover(const data_device& device, std::uint64_t block_bytes)
      : device_(device),
        block_bytes_(block_bytes),
        buffer_(std::make_unique_for_overwrite<pdata::block_buffer[]>(2 * piece_blocks)) {}

  // Durable, read back and compared on return. Returns the checksum of the contents.
  std::uint32_t move(const std::vector<data_move>& batch) {
    for (const auto& piece : batch) copy(piece);
    device_.sync();
    const auto moved = compare(batch);
    if (moved.differs_at)
      throw error(fmt::format("'{}' does not return at byte {} what was written there",
                              device_.path(), *moved.differs_at));
    return moved.target;
  }

  struct comparison {
    std::uint32_t target = 0;                 // checksum of what the targets hold
    std::uint64_t blocks_differ = 0;          // from their sources
    std::optional<std::uint64_t> differs_at;  // the first such byte, by its data block
  };

  comparison compare(const std::vector<data_move>& batch) {
    comparison found;
    for (const auto& piece : batch)
      for_each_piece(piece, [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
        device_.read(from, first(), bytes);
        device_.read(to, second(), bytes);
        // A checksum of checksums: pieces are the same in every run.
        const std::uint32_t sums[] = {found.target, pdata::crc32c({second(), bytes})};
        found.target = pdata::crc32c(std::as_bytes(std::span(sums)));
        count_differences(to, bytes, found);
      });
    return found;
  }

 private:
  static constexpr std::size_t piece_blocks = data_piece_bytes_max / pdata::block_size;

  void copy(const data_move& move) {
    for_each_piece(move, [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
      device_.read(from, first(), bytes);
      device_.write(to, first(), bytes);
    });
  }

  void count_differences(std::uint64_t to, std::size_t bytes, comparison& found) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(block_bytes_, bytes));
    for (std::size_t at = 0; at < bytes; at += step) {
      const auto length = std::min(step, bytes - at);
      if (std::memcmp(first() + at, second() + at, length) == 0) continue;
      ++found.blocks_differ;
      if (!found.differs_at) found.differs_at = to + at;
    }
  }

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

// The moves in the plan's order, cut into batches.
class batches {
 public:
  explicit batches(const shrink_plan& plan) : plan_(plan) {}

  // At most so many blocks; none: all were had.
  std::vector<data_move> next(std::uint64_t limit) {
    std::vector<data_move> batch;
    for (auto room = limit; room > 0 && index_ < plan_.moves.size();) {
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
  std::size_t index_ = 0;
  std::uint64_t offset_ = 0;
};

// Judges a batch that an earlier run moved. Returns how many blocks are to be moved
// again; throws error if not its source has changed, but what it was moved to.
std::uint64_t blocks_changed(const mover::comparison& found, const moved_batch& recorded,
                             const data_device& device, const std::string& journal) {
  if (found.target != recorded.checksum)
    throw error(fmt::format(
        "'{}' was written behind an interrupted run (byte {} is among what it had moved): the pool "
        "was in use since. Dump its metadata again, remove the journal '{}', and start anew",
        device.path(), found.differs_at.value_or(0), journal));
  return found.blocks_differ;
}

}  // namespace

move_summary move_data(const data_device& device, const shrink_plan& plan,
                       std::uint64_t block_bytes, move_journal& journal,
                       const move_progress& progress) {
  const auto total = plan.blocks_to_move();
  const auto limit = std::max<std::uint64_t>(1, batch_bytes / block_bytes);
  std::uint64_t done = 0;
  move_summary summary;
  batches rest(plan);
  mover moves(device, block_bytes);
  const auto recorded = journal.done();
  for (std::uint64_t index = 0;; ++index) {
    progress(done, total);
    const auto known = recorded.find(index);
    const auto batch = rest.next(known == recorded.end() ? limit : known->second.nr_blocks);
    if (batch.empty()) break;
    std::uint64_t blocks = 0;
    for (const auto& piece : batch) blocks += piece.length;
    std::uint64_t to_renew = 0;
    if (known != recorded.end()) {
      to_renew = blocks_changed(moves.compare(batch), known->second, device, journal.path());
      summary.blocks_resumed += blocks - to_renew;
      summary.blocks_renewed += to_renew;
    }
    if (known == recorded.end() || to_renew != 0)
      journal.record(index, {blocks, moves.move(batch)});
    done += blocks;
  }
  return summary;
}

}  // namespace thin_tools
