// Records put in order in bounded memory, however many they are: sorted pieces
// are put aside in a spool and merged. Errors of the spool are thrown.
#pragma once

#include <algorithm>
#include <memory>
#include <queue>
#include <type_traits>
#include <utility>
#include <vector>

#include "persistent-data/io/spool_file.h"

namespace pdata {

// `Record` is plain bytes and has operator<. Equal records come in no certain order.
template <class Record>
class external_sorter {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  // `memory_bytes`: what it takes, the buffers of the spool aside. `fan_in`: how
  // many pieces are merged at once; they share that memory.
  explicit external_sorter(std::size_t memory_bytes = std::size_t{16} << 20,
                           std::size_t fan_in = 128)
      : piece_records_(std::max<std::size_t>(memory_bytes / sizeof(Record), 2)),
        fan_in_(std::max<std::size_t>(fan_in, 2)) {}

  void add(const Record& record) {
    if (pending_.size() == piece_records_) put_aside();
    pending_.push_back(record);
  }

  // All records, ascending. To be called once.
  template <class Visit>
  void drain(Visit visit) {
    if (pieces_.empty()) {
      sort_pending();
      std::ranges::for_each(pending_, visit);
      return;
    }
    put_aside();
    pending_ = {};
    while (pieces_.size() > fan_in_) merge_groups();
    merge(*spool_, pieces_, visit);
  }

 private:
  struct piece {
    std::uint64_t begin;  // records before it in the spool
    std::uint64_t end;
  };

  // A piece read from its beginning to its end.
  class cursor {
   public:
    cursor(const spool_file& spool, piece from, std::size_t buffer_records)
        : spool_(&spool), left_(from), buffer_records_(buffer_records) {
      fill();
    }
    const Record& current() const { return buffer_[at_]; }
    bool advance() {  // false at the end
      if (++at_ == buffer_.size()) fill();
      return !buffer_.empty();
    }

   private:
    void fill() {
      buffer_.resize(static_cast<std::size_t>(
          std::min<std::uint64_t>(buffer_records_, left_.end - left_.begin)));
      spool_->read(left_.begin * sizeof(Record), std::as_writable_bytes(std::span(buffer_)));
      left_.begin += buffer_.size();
      at_ = 0;
    }

    const spool_file* spool_;
    piece left_;
    std::size_t buffer_records_;
    std::vector<Record> buffer_;
    std::size_t at_ = 0;
  };

  void sort_pending() {
    // What is nearly in order, as merged texts are, often is so piece by piece.
    if (!std::is_sorted(pending_.begin(), pending_.end()))
      std::sort(pending_.begin(), pending_.end());
  }

  void put_aside() {
    if (!spool_) spool_ = std::make_unique<spool_file>();
    sort_pending();
    const std::uint64_t begin = spool_->size() / sizeof(Record);
    for (const Record& record : pending_) spool_->append(std::as_bytes(std::span(&record, 1)));
    pieces_.push_back({begin, begin + pending_.size()});
    pending_.clear();
  }

  template <class Visit>
  void merge(const spool_file& from, std::span<const piece> pieces, Visit visit) const {
    const std::size_t buffer_records = std::max<std::size_t>(piece_records_ / pieces.size(), 1);
    std::vector<cursor> cursors;
    cursors.reserve(pieces.size());
    const auto later = [&](std::size_t a, std::size_t b) {
      return cursors[b].current() < cursors[a].current();
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> next(later);
    for (const piece& one : pieces) {
      cursors.emplace_back(from, one, buffer_records);
      next.push(cursors.size() - 1);
    }
    while (!next.empty()) {
      const std::size_t first = next.top();
      next.pop();
      visit(cursors[first].current());
      if (cursors[first].advance()) next.push(first);
    }
  }

  // Fewer pieces, each of them as long as many were.
  void merge_groups() {
    auto merged = std::make_unique<spool_file>();
    std::vector<piece> longer;
    for (std::size_t first = 0; first < pieces_.size(); first += fan_in_) {
      const auto count = std::min(fan_in_, pieces_.size() - first);
      merge(*spool_, std::span(pieces_).subspan(first, count),
            [&](const Record& record) { merged->append(std::as_bytes(std::span(&record, 1))); });
      longer.push_back({pieces_[first].begin, pieces_[first + count - 1].end});
    }
    pieces_ = std::move(longer);
    spool_ = std::move(merged);
  }

  std::size_t piece_records_;
  std::size_t fan_in_;
  std::vector<Record> pending_;
  std::vector<piece> pieces_;
  std::unique_ptr<spool_file> spool_;
};

}  // namespace pdata
