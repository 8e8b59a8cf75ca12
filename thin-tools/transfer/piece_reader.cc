#include "thin-tools/transfer/piece_reader.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/block.h"

namespace thin_tools {

piece_walk::piece_walk(const volume_runs& map, std::uint64_t first_piece)
    : map_(map), at_(first_piece * piece_bytes) {}

std::optional<piece_plan> piece_walk::next() {
  const auto block_bytes = map_.block_bytes;
  const auto end_of = [&](const pdata::mapping_run& run) {
    return (run.begin + run.length) * block_bytes;
  };
  while (run_ < map_.runs.size() && end_of(map_.runs[run_]) <= at_) ++run_;
  if (run_ == map_.runs.size()) return std::nullopt;
  at_ = std::max(at_, map_.runs[run_].begin * block_bytes);
  if (at_ >= map_.volume_bytes) return std::nullopt;

  piece_plan plan;
  plan.index = at_ / piece_bytes;
  const auto begin = plan.index * piece_bytes;
  const auto end = std::min(begin + piece_bytes, map_.volume_bytes);
  plan.bytes = pdata::to_size(end - begin);
  for (auto i = run_; i < map_.runs.size(); ++i) {
    const auto& run = map_.runs[i];
    const auto run_begin = run.begin * block_bytes;
    if (run_begin >= end) break;
    const auto from = std::max(run_begin, begin);
    const auto to = std::min(end_of(run), end);
    plan.extents.push_back({pdata::to_size(from - begin),
                            run.data_begin * block_bytes + (from - run_begin),
                            pdata::to_size(to - from)});
  }
  at_ = begin + piece_bytes;
  return plan;
}

struct piece_reader::slot {
  enum class phase : std::uint8_t { empty, reading, full };
  phase now = phase::empty;
  piece held;
  std::exception_ptr failure;
  std::unique_ptr<pdata::block_buffer[]> memory =
      std::make_unique_for_overwrite<pdata::block_buffer[]>(piece_bytes / pdata::block_size);

  std::span<std::byte> bytes() {
    return {reinterpret_cast<std::byte*>(memory.get()), held.plan.bytes};
  }
};

piece_reader::piece_reader(const data_device& data, std::function<std::optional<piece_plan>()> next,
                           digests kept, std::size_t buffer_bytes)
    : data_(data), next_(std::move(next)), digests_(kept) {
  constexpr std::size_t slots_min = 2;
  constexpr unsigned workers_max = 4;
  const auto nr_slots = std::max(slots_min, buffer_bytes / piece_bytes);
  for (std::size_t i = 0; i < nr_slots; ++i) slots_.push_back(std::make_unique<slot>());
  const auto nr_workers = std::clamp(std::thread::hardware_concurrency(), 1U, workers_max);
  for (unsigned i = 0; i < nr_workers; ++i) workers_.emplace_back([this] { work(); });
}

piece_reader::~piece_reader() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (auto& worker : workers_) worker.join();
}

// Pieces take the slots in turn.
piece_reader::slot& piece_reader::slot_of(std::uint64_t piece) const {
  return *slots_[pdata::to_size(piece % slots_.size())];
}

void piece_reader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] {
      return stopped_ || planned_all_ || slot_of(nr_planned_).now == slot::phase::empty;
    });
    if (stopped_ || planned_all_) return;
    slot& into = slot_of(nr_planned_);
    std::optional<piece_plan> plan;
    try {
      plan = next_();
    } catch (...) {
      failure_ = std::current_exception();
    }
    if (!plan) {
      planned_all_ = true;
      changed_.notify_all();
      return;
    }
    ++nr_planned_;
    into.now = slot::phase::reading;
    into.held.plan = std::move(*plan);
    lock.unlock();
    try {
      read(into);
    } catch (...) {
      into.failure = std::current_exception();
    }
    lock.lock();
    into.now = slot::phase::full;
    changed_.notify_all();
  }
}

void piece_reader::read(slot& into) const {
  // What comes from a disk comes the faster the more is asked for at once.
  const auto part_bytes = data_.is_block_device() ? piece_bytes : cached_part_bytes;
  const auto bytes = into.bytes();
  piece_glance look(digests_);
  std::size_t at = 0;
  for (const auto& extent : into.held.plan.extents) {
    std::memset(bytes.data() + at, 0, extent.at - at);
    for (std::size_t done = 0; done < extent.length; done += part_bytes) {
      const auto part = std::min(part_bytes, extent.length - done);
      at = extent.at + done;
      // The end of a volume may be inside of what direct I/O reads at once.
      if (part % pdata::block_size == 0)
        data_.read(extent.from + done, bytes.data() + at, part);
      else
        data_.read_bytes(extent.from + done, bytes.subspan(at, part));
      at += part;
      look.go_on(bytes.first(at));
    }
  }
  std::memset(bytes.data() + at, 0, bytes.size() - at);
  look.go_on(bytes);
  into.held.bytes = bytes;
  into.held.zero = look.zero();
  if (!look.zero() && digests_ == digests::wanted) into.held.digest = look.value();
}

const piece* piece_reader::take() {
  std::unique_lock lock(mutex_);
  if (holding_) {
    holding_ = false;
    slot_of(nr_taken_ - 1).now = slot::phase::empty;
    changed_.notify_all();
  }
  changed_.wait(lock, [&] {
    return nr_taken_ < nr_planned_ ? slot_of(nr_taken_).now == slot::phase::full : planned_all_;
  });
  if (nr_taken_ == nr_planned_) {
    if (failure_) std::rethrow_exception(failure_);
    return nullptr;
  }
  slot& next = slot_of(nr_taken_);
  ++nr_taken_;
  holding_ = true;
  if (next.failure) std::rethrow_exception(next.failure);
  return &next.held;
}

}  // namespace thin_tools
