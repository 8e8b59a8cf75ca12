#include "persistent-data/io/block_writer.h"

#include <cstring>

namespace pdata {

namespace {

constexpr std::size_t batch_blocks = 256;  // 1 MiB

}  // namespace

block_writer::block_writer(block_device* device, metadata_block first, metadata_block limit)
    : device_(device), next_(first), limit_(limit) {
  const std::size_t size = device_ == nullptr ? 1 : batch_blocks;
  for (batch* b : {&filling_, &writing_}) {
    b->kinds.resize(size);
    b->blocks = std::make_unique<block_buffer[]>(size);
  }
  filling_.first = first;
}

block_writer::~block_writer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void block_writer::expect_room(metadata_block count) const {
  if (next_ > limit_ || count > limit_ - next_)
    throw out_of_space("the metadata needs more than " + std::to_string(limit_) + " blocks");
}

block_span block_writer::append(block_kind kind) {
  expect_room(1);
  if (device_ == nullptr) filling_.nr_blocks = 0;
  if (filling_.nr_blocks == filling_.kinds.size()) hand_over();
  if (filling_.nr_blocks == 0) filling_.first = next_;
  const std::size_t slot = filling_.nr_blocks++;
  filling_.kinds[slot] = kind;
  ++next_;
  const block_span block = filling_.blocks[slot].span();
  std::memset(block.data(), 0, block.size());
  return block;
}

void block_writer::wait_for_writer(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return writing_.nr_blocks == 0; });
  if (!failure_.ok())
    throw error("Couldn't write block " + std::to_string(failed_at_) + ": " +
                errno_text(failure_.errno_value()));
}

void block_writer::hand_over() {
  if (!thread_.joinable()) thread_ = std::thread([this] { write_batches(); });
  std::unique_lock lock(mutex_);
  wait_for_writer(lock);
  std::swap(filling_, writing_);
  changed_.notify_all();
}

void block_writer::write_batches() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || writing_.nr_blocks != 0; });
    if (stop_) return;
    lock.unlock();  // the filling side waits until nr_blocks is 0 again
    write_batch(writing_);
    lock.lock();
    writing_.nr_blocks = 0;
    changed_.notify_all();
  }
}

void block_writer::write_batch(batch& full) {
  for (std::size_t i = 0; i < full.nr_blocks; ++i)
    seal(full.blocks[i].span(), full.kinds[i], full.first + i);
  const auto bytes = std::as_bytes(std::span(full.blocks.get(), full.nr_blocks));
  const status outcome = device_->write(full.first, bytes);
  if (outcome.ok()) return;
  const std::lock_guard lock(mutex_);
  if (failure_.ok()) {
    failure_ = outcome;
    failed_at_ = full.first;
  }
}

void block_writer::finish() {
  if (device_ == nullptr) return;
  hand_over();  // also an empty batch: it waits for the one before
  std::unique_lock lock(mutex_);
  wait_for_writer(lock);
}

}  // namespace pdata
