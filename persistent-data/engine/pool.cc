#include "persistent-data/engine/pool.h"
#include "persistent-data/base/all_zero.h"

#include <algorithm>

namespace pdata {

std::uint64_t metadata_reserve(std::uint64_t nr_blocks) {
  constexpr std::uint64_t largest = 4096;
  return std::min(largest, nr_blocks / 10);
}

result<std::unique_ptr<pool_metadata>> pool_metadata::open(block_device& device,
                                                           const pool_open_options& options) {
  auto pool = std::unique_ptr<pool_metadata>(new pool_metadata(device, options));
  const status started = pool->start();
  if (!started.ok()) return started;
  return pool;
}

pool_metadata::pool_metadata(block_device& device, const pool_open_options& options)
    : device_(device), options_(options), cache_(device) {}

pool_metadata::~pool_metadata() { close().ignore(); }

status pool_metadata::start() {
  const status opened = open_or_format(options_.may_format ? if_blank::format : if_blank::fail);
  if (!opened.ok()) {
    failed_ = true;  // what was formatted so far is written, as by the kernel, and no more
    return opened;
  }
  const status loaded = load_superblock();
  if (loaded.ok()) set_reserve();
  return loaded;
}

status pool_metadata::close() {
  if (closed_) return status(EINVAL);
  std::erase_if(changed_, [](const thin_device* device) { return device->open_count_ == 0; });
  std::erase_if(devices_, [](const auto& known) { return known.second.open_count_ == 0; });
  if (!devices_.empty()) return status(EBUSY);
  if (!failed_ && !cache_.is_read_only()) commit_transaction().ignore();
  transaction_.reset();
  cache_.reset();
  closed_ = true;
  failed_ = true;
  return success;
}

status pool_metadata::open_or_format(if_blank otherwise) {
  bool unformatted = false;
  {
    const auto first = cache_.read(superblock_location, std::nullopt);
    if (!first.ok()) return first.failure();
    unformatted = all_zero(first->view());
  }
  if (!unformatted) return open_existing();
  return otherwise == if_blank::format ? format() : status(EPERM);
}

std::unique_ptr<pool_transaction> pool_metadata::new_transaction() {
  auto made = std::make_unique<pool_transaction>(cache_);
  made->manager.counts_children_of_only_child = options_.counts_children_of_only_child;
  return made;
}

status pool_metadata::format() {
  transaction_ = new_transaction();
  pool_transaction& t = *transaction_;
  const status counted = t.metadata_map.create(superblock_location, device_.nr_blocks());
  if (!counted.ok()) return counted;
  const status mapped = t.data_map.create(0);
  if (!mapped.ok()) return mapped;
  const auto mappings = tree_create(t.mapping_tree);
  if (!mappings.ok()) return mappings.failure();
  t.mapping_root = *mappings;
  const auto details = tree_create(t.details);
  if (!details.ok()) return details.failure();
  t.details_root = *details;
  return write_first_superblock();
}

status pool_metadata::write_first_superblock() {
  pool_transaction& t = *transaction_;
  const status data = t.data_map.commit();
  if (!data.ok()) return data;
  const status rest = t.manager.pre_commit();
  if (!rest.ok()) return rest;
  auto block = cache_.zero(superblock_location, block_kind::superblock);
  if (!block.ok()) return block.failure();
  superblock sb;
  sb.data_space_map = t.data_map.root();
  sb.metadata_space_map = t.metadata_map.root();
  sb.mapping_root = t.mapping_root;
  sb.details_root = t.details_root;
  sb.metadata_nr_blocks = std::min(device_.nr_blocks(), max_metadata_blocks);
  sb.data_block_size = options_.data_block_size;
  sb.store(block->span());
  return t.manager.commit(std::move(*block));
}

status pool_metadata::check_features(const superblock& sb) const {
  if (sb.incompat_flags != 0) return status(EINVAL);
  if (!options_.read_only_device && sb.compat_ro_flags != 0) return status(EINVAL);
  return success;
}

status pool_metadata::open_existing() {
  const auto block = cache_.read(superblock_location, block_kind::superblock);
  if (!block.ok()) return block.failure();
  const superblock sb = superblock::load(block->view());
  if (sb.data_block_size != options_.data_block_size) return status(EINVAL);
  const status features = check_features(sb);
  if (!features.ok()) return features;

  auto opened = new_transaction();
  const status metadata = opened->metadata_map.open(sb.metadata_space_map);
  if (!metadata.ok()) return metadata;
  const status data = opened->data_map.open(sb.data_space_map);
  if (!data.ok()) return data;
  opened->mapping_root = sb.mapping_root;
  opened->details_root = sb.details_root;
  held_root_ = sb.held_root;
  transaction_ = std::move(opened);
  return success;
}

// "Begins a transaction": the committed superblock decides what is in memory.
status pool_metadata::load_superblock() {
  transaction_->last_lookup.reset();
  const auto block = cache_.read(superblock_location, block_kind::superblock);
  if (!block.ok()) return block.failure();
  const superblock sb = superblock::load(block->view());
  time_ = sb.time;
  transaction_->mapping_root = sb.mapping_root;
  transaction_->details_root = sb.details_root;
  held_root_ = sb.held_root;
  transaction_id_ = sb.transaction_id;
  flags_ = sb.flags;
  options_.data_block_size = sb.data_block_size;
  return success;
}

void pool_metadata::set_reserve() {
  metadata_reserve_ = metadata_reserve(transaction_->metadata_map.nr_blocks());
}

status pool_metadata::begin_change() {
  if (transaction_) transaction_->last_lookup.reset();
  if (!closed_) in_service_ = true;
  return readable();
}

result<std::uint64_t> pool_metadata::transaction_id() const {
  if (failed_) return status(EINVAL);
  return transaction_id_;
}

status pool_metadata::set_transaction_id(std::uint64_t current, std::uint64_t next) {
  const status started = begin_change();
  if (!started.ok()) return started;
  if (transaction_id_ != current) return status(EINVAL);
  transaction_id_ = next;
  return success;
}

result<std::uint64_t> pool_metadata::free_metadata_blocks() const {
  if (failed_) return status(EINVAL);
  const std::uint64_t nr_free = transaction_->metadata_map.nr_free();
  return nr_free - std::min(nr_free, metadata_reserve_);
}

result<std::uint64_t> pool_metadata::nr_metadata_blocks() const {
  if (failed_) return status(EINVAL);
  return transaction_->metadata_map.nr_blocks();
}

status pool_metadata::grow(space_map& map, std::uint64_t nr_blocks) {
  const std::uint64_t now = map.nr_blocks();
  if (nr_blocks == now) return success;
  if (nr_blocks < now) return status(EINVAL);
  return map.extend(nr_blocks - now);
}

status pool_metadata::resize_metadata(std::uint64_t nr_blocks) {
  const status started = begin_change();
  if (!started.ok()) return started;
  const status grown = grow(transaction_->metadata_map, nr_blocks);
  if (grown.ok()) set_reserve();
  return grown;
}

status pool_metadata::on_metadata_low(std::uint64_t threshold, std::function<void()> callback) {
  if (failed_) return status(EINVAL);
  transaction_->metadata_map.set_threshold(threshold, std::move(callback));
  return success;
}

}  // namespace pdata
