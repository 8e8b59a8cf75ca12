#include "tests/support/pool_user.h"

#include <cerrno>
#include <stdexcept>

#include "persistent-data/io/memory_device.h"

namespace test_support {

namespace {

std::vector<std::byte> whole(pdata::block_device& device) {
  std::vector<pdata::block_buffer> blocks(device.nr_blocks());
  const auto* begin = reinterpret_cast<const std::byte*>(blocks.data());
  for (pdata::metadata_block b = 0; b < blocks.size(); ++b)
    if (!device.read(b, blocks[b].span()).ok()) throw std::runtime_error("the device fails");
  return {begin, begin + blocks.size() * pdata::block_size};
}

}  // namespace

pool_user::pool_user(pdata::block_device& device, std::mt19937_64& dice,
                     std::uint32_t data_block_size)
    : device_(device), dice_(dice), data_block_size_(data_block_size) {
  open();
}

pool_user::~pool_user() { pool_.reset(); }

void pool_user::open() {
  auto opened = pdata::pool_metadata::open(device_, {.data_block_size = data_block_size_});
  if (!opened.ok()) throw std::runtime_error("the pool cannot be opened");
  pool_ = std::move(*opened);
  const auto image = whole(device_);
  const auto found = plain::read_pool(image);
  expected_.clear();
  for (const auto& [id, of] : found.devices) {
    expected_[id] = of.mappings;
    next_id_ = std::max(next_id_, id + 1);
  }
  time_ = found.fields.time;
  transaction_id_ = found.fields.transaction_id;
}

void pool_user::close() {
  if (!pool_->close().ok()) refusals_.push_back("close");
  pool_.reset();
  on_commit();
}

void pool_user::recover() {
  if (!pool_->abort().ok()) refusals_.push_back("abort");
  pool_->set_read_only();
  pool_.reset();
  on_commit();
  open();
}

bool pool_user::settle(pdata::status outcome, const char* what) {
  if (outcome.ok()) return true;
  if (outcome.errno_value() != ENOSPC)
    refusals_.push_back(std::string(what) + ": errno " + std::to_string(outcome.errno_value()));
  recover();
  return false;
}

void pool_user::commit() {
  if (settle(pool_->commit(), "commit")) on_commit();
}

bool pool_user::resize_data(std::uint64_t nr_blocks) {
  if (!settle(pool_->resize_data(nr_blocks), "resize")) return false;
  commit();
  return true;
}

bool pool_user::create(std::uint64_t id) {
  if (expected_.contains(id) || !settle(pool_->create_thin(id), "create")) return false;
  expected_[id] = {};
  next_id_ = std::max(next_id_, id + 1);
  commit();
  return true;
}

std::uint64_t pool_user::any_device() {
  auto at = expected_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(below(expected_.size())));
  return at->first;
}

void pool_user::write(std::uint64_t id, std::uint64_t first, std::uint64_t count,
                      std::uint64_t stride) {
  const auto opened = pool_->open_device(id);
  if (!opened.ok()) {
    refusals_.push_back("open device " + std::to_string(id));
    return;
  }
  auto& mappings = expected_[id];
  pdata::status outcome = pdata::success;
  for (std::uint64_t n = 0; n < count && outcome.ok(); ++n) {
    const auto block = first + n * stride;
    const auto found = pool_->find_block(*opened, block);
    if (found.ok() && !found->shared) continue;
    const auto data = pool_->alloc_data_block();
    if (!data.ok()) break;  // full: the target queues or fails the write
    outcome = pool_->insert_block(*opened, block, *data);
    if (outcome.ok()) mappings[block] = {*data, time_};
  }
  pool_->close_device(*opened);
  if (!outcome.ok()) settle(outcome, "insert");
}

void pool_user::discard(std::uint64_t id, std::uint64_t begin, std::uint64_t end) {
  const auto opened = pool_->open_device(id);
  if (!opened.ok()) {
    refusals_.push_back("open device " + std::to_string(id));
    return;
  }
  const auto outcome = pool_->remove_range(*opened, begin, end);
  pool_->close_device(*opened);
  if (!settle(outcome, "discard")) return;
  auto& mappings = expected_[id];
  mappings.erase(mappings.lower_bound(begin), mappings.lower_bound(end));
}

void pool_user::snapshot(std::uint64_t origin) {
  const auto id = next_id_++;
  if (!settle(pool_->create_snap(id, origin), "snapshot")) return;
  ++time_;
  expected_[id] = expected_.at(origin);
}

void pool_user::remove(std::uint64_t id) {
  if (settle(pool_->delete_device(id), "delete")) expected_.erase(id);
}

void pool_user::step(const habits& how) {
  const unsigned weights[] = {how.write_run,     how.write_scattered, how.discard, how.create,
                              how.snapshot,      how.remove,          how.hold,    how.grow_data,
                              how.grow_metadata, how.reopen};
  unsigned sum = 0;
  for (const auto weight : weights) sum += weight;
  auto rest = below(sum);
  std::size_t what = 0;
  while (rest >= weights[what]) rest -= weights[what++];

  if (expected_.empty() && what < 6) what = 3;
  const auto device = expected_.empty() ? 0 : any_device();
  const auto begin = below(how.device_blocks);
  switch (what) {
    case 0:
      write(device, begin, 1 + below(how.longest_run), 1);
      break;
    case 1: {
      const auto stride = 1 + below(97);
      write(device, begin, 1 + below(how.longest_run / 2 + 1), stride);
      break;
    }
    case 2:
      discard(device, begin, begin + 1 + below(how.longest_run * 4));
      break;
    case 3:
      if (expected_.size() < how.most_devices) create(next_id_);
      break;
    case 4:
      if (expected_.size() < how.most_devices) snapshot(device);
      break;
    case 5:
      if (expected_.size() > 1) remove(device);
      break;
    case 6: {
      const auto held = pool_->held_root();
      const auto outcome = held.ok() && *held != 0 ? pool_->release_metadata_snapshot()
                                                   : pool_->reserve_metadata_snapshot();
      settle(outcome, "metadata snapshot");
      break;
    }
    case 7: {
      const auto size = pool_->nr_data_blocks();
      if (size.ok()) resize_data(*size + 1 + below(2000));
      break;
    }
    case 8:
      if (on_grow_metadata) {
        on_grow_metadata(1 + below(200));
        settle(pool_->resize_metadata(device_.nr_blocks()), "grow metadata");
      }
      break;
    default:
      commit();
      close();
      open();
      return;
  }
  // Messages commit at once. Those that create or delete devices go with a new
  // transaction id, as LVM2 has it.
  if (what < 3) return;
  commit();
  if (what <= 5 &&
      settle(pool_->set_transaction_id(transaction_id_, transaction_id_ + 1), "transaction")) {
    ++transaction_id_;
    commit();
  }
}

void pool_user::use(const habits& how, unsigned nr_steps) {
  for (unsigned n = 0; n < nr_steps; ++n) {
    step(how);
    if (below(3) != 0) commit();
  }
  commit();
}

}  // namespace test_support
