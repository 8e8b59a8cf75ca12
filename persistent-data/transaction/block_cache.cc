#include "persistent-data/transaction/block_cache.h"

#include <algorithm>
#include <cstring>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/superblock.h"

namespace pdata {

namespace {

constexpr std::size_t blocks_per_slab = 64;
constexpr std::size_t few_slabs = 16;          // 4 MiB
constexpr std::size_t blocks_per_write = 256;  // 1 MiB

// What Linux 6.1 demands of a block before it uses it as one of a kind: the
// validators of dm-thin-metadata.c, dm-btree-spine.c and
// dm-space-map-common.c, with their order of tests and their errno values
// (ENOTBLK: the block carries another location; EILSEQ: anything else is wrong).
// The checker's judgement (io/validate.h) is stricter and names more.
status check_block(block_view block, block_kind kind, metadata_block location) {
  if (stored_location(block) != location) return status(ENOTBLK);
  if (kind == block_kind::superblock && superblock::load(block).magic != superblock_magic)
    return status(EILSEQ);
  if (stored_checksum(block) != block_checksum(block, kind)) return status(EILSEQ);
  if (kind == block_kind::btree_node &&
      std::holds_alternative<node_fault>(node_view::parse_layout(block)))
    return status(EILSEQ);
  return success;
}

// Of a node whose layout was checked.
bool has_ascending_keys(block_view block) {
  const auto node = std::get<node_view>(node_view::parse_layout(block));
  bool ascend = true;
  for (std::uint32_t i = 1; i < node.nr_entries(); ++i) ascend &= node.key(i - 1) < node.key(i);
  return ascend;
}

}  // namespace

cached_block* block_cache::find_far(metadata_block location) {
  const auto found = far_blocks_.find(location);
  return found == far_blocks_.end() ? nullptr : &found->second;
}

cached_block& block_cache::place_of(metadata_block location) {
  if (location >= max_metadata_blocks) return far_blocks_[location];
  const std::size_t number = to_size(location / blocks_per_page);
  if (number >= pages_.size()) pages_.resize(number + 1);
  if (!pages_[number]) pages_[number] = std::make_unique<page>();
  return (*pages_[number])[location % blocks_per_page];
}

cached_block& block_cache::add(metadata_block location) {
  cached_block& place = place_of(location);
  place.location = location;
  place.data = take_buffer();
  ++nr_blocks_;
  return place;
}

void block_cache::forget(cached_block& block) {
  free_buffers_.push_back(block.data);
  --nr_blocks_;
  if (block.location < max_metadata_blocks)
    block = cached_block();
  else
    far_blocks_.erase(metadata_block{block.location});
}

block_buffer* block_cache::take_buffer() {
  if (free_buffers_.empty() && slabs_.size() == few_slabs) {
    if (!many_buffers_) many_buffers_.emplace(block_size, max_metadata_blocks.value());
    return reinterpret_cast<block_buffer*>(many_buffers_->take());
  }
  if (free_buffers_.empty()) {
    slabs_.push_back(std::make_unique<block_buffer[]>(blocks_per_slab));
    for (std::size_t i = blocks_per_slab; i-- > 0;) free_buffers_.push_back(&slabs_.back()[i]);
  }
  block_buffer* const buffer = free_buffers_.back();
  free_buffers_.pop_back();
  return buffer;
}

result<cached_block*> block_cache::load(metadata_block location) {
  if (cached_block* const block = find(location)) return block;
  if (location >= device_.nr_blocks()) return status(EIO);
  cached_block& block = add(location);
  const status outcome = device_.read(location, block.data->span());
  if (outcome.ok()) return &block;
  forget(block);
  return outcome;
}

result<cached_block*> block_cache::checked(metadata_block location,
                                           std::optional<block_kind> kind) {
  const auto loaded = load(location);
  if (!loaded.ok()) return loaded;
  cached_block& block = **loaded;
  block.touched = true;
  if (block.kind != kind) {
    if (block.kind) return status(EINVAL);
    const status outcome = check_block(block.data->view(), *kind, location);
    if (!outcome.ok()) return outcome;
    if (kind == block_kind::btree_node) keys_ascend_ &= has_ascending_keys(block.data->view());
    block.kind = kind;
  }
  if (kind == block_kind::btree_node && !block.parsed) parse_if_clean(block);
  return &block;
}

// A dirty block may change at any time.
void block_cache::parse_if_clean(cached_block& block) {
  if (block.dirty) return;
  const auto outcome = node_view::parse_layout(block.data->view());
  const auto* const node = std::get_if<node_view>(&outcome);
  if (node == nullptr) return;
  if (node->flags() != node_flag_internal && node->flags() != node_flag_leaf) return;
  block.node = *node;
  block.parsed = true;
}

result<block_ref> block_cache::read_checked(metadata_block location,
                                            std::optional<block_kind> kind) {
  const auto block = checked(location, kind);
  if (!block.ok()) return block.failure();
  return block_ref(*this, **block);
}

result<write_ref> block_cache::write_checked(metadata_block location, block_kind kind) {
  if (read_only_) return status(EPERM);
  const auto block = checked(location, kind);
  if (!block.ok()) return block.failure();
  if (!(*block)->dirty) (*block)->like = 0;
  make_dirty(**block);
  return write_ref(*this, **block);
}

// Its bytes are the caller's to set.
cached_block& block_cache::begin_anew(metadata_block location, block_kind kind) {
  cached_block* const known = find(location);
  cached_block& block = known != nullptr ? *known : add(location);
  block.touched = true;
  block.kind = kind;
  block.like = 0;
  make_dirty(block);
  return block;
}

result<write_ref> block_cache::zero(metadata_block location, block_kind kind) {
  if (read_only_) return status(EPERM);
  cached_block& block = begin_anew(location, kind);
  block.data->bytes.fill(std::byte{0});
  return write_ref(*this, block);
}

result<write_ref> block_cache::copy(metadata_block location, block_kind kind,
                                    const block_ref& from) {
  if (read_only_) return status(EPERM);
  cached_block& block = begin_anew(location, kind);
  // Damaged metadata may refer to a block that is free.
  if (location != from.location())
    std::memcpy(block.data->bytes.data(), from.view().data(), block_size);
  block.like = static_cast<std::uint32_t>(from.location());
  return write_ref(*this, block);
}

result<write_ref> block_cache::take_over(metadata_block location, block_kind kind,
                                         metadata_block from) {
  if (read_only_) return status(EPERM);
  const auto original = checked(from, kind);
  if (!original.ok()) return original.failure();
  cached_block& source = **original;
  if (!may_forget(source) || may_be_late() || location == from) {
    if (location != from) taken_over_.push_back(from);
    return copy(location, kind, block_ref(*this, source));
  }
  cached_block& block = begin_anew(location, kind);
  block.like = static_cast<std::uint32_t>(from);
  if (block.holds == 0)
    std::swap(block.data, source.data);
  else
    block.data->bytes = source.data->bytes;
  forget(source);
  return write_ref(*this, block);
}

void block_cache::prefetch_node(metadata_block location, std::uint64_t key,
                                const key_bounds& expected) {
  const cached_block* const known = find(location);
  if (known == nullptr) return;
  prefetch_search(known->data->bytes.data(), key, expected,
                  known->parsed ? known->node.nr_entries() : 2U * known->half_entries);
}

// Unless it is in use again.
void block_cache::drop_taken_over() {
  for (const metadata_block location : taken_over_)
    if (cached_block* const block = find(location); block != nullptr && may_forget(*block))
      forget(*block);
  taken_over_.clear();
}

void block_cache::make_dirty(cached_block& block) {
  if (block.dirty) return;
  block.dirty = true;
  block.owed = false;
  block.parsed = false;
  dirty_.push_back(&block);
}

status block_cache::flush() {
  if (read_only_) return status(EPERM);
  write_dirty_blocks();
  const status written = std::exchange(write_error_, success);
  const status flushed = device_.flush();
  sweep_if_many();
  return written.ok() ? flushed : written;
}

// The next sweep comes when a good part has been added, so that all sweeps together cost
// little for each block.
void block_cache::sweep_if_many() {
  if (nr_blocks_ < sweep_at_) return;
  for (const auto& p : pages_) {
    if (!p) continue;
    for (cached_block& block : *p) {
      if (block.data == nullptr) continue;
      if (!block.touched && may_forget(block)) {
        pay(block);
        forget(block);
      } else {
        block.touched = false;
      }
    }
  }
  sweep_at_ = std::max(many_blocks, nr_blocks_ + nr_blocks_ / 2);
}

void block_cache::reset() {
  write_dirty_blocks();
  pay_all();
  taken_over_.clear();
  pages_.clear();
  far_blocks_.clear();
  nr_blocks_ = 0;
  free_buffers_.clear();
  many_buffers_.reset();
  slabs_.clear();
}

unsealed_block block_cache::unsealed(const cached_block& block) {
  REQUIRE(block.kind);
  return {block.location, *block.kind,
          block.like != 0 ? metadata_block(block.like) : block.location, block.data->view()};
}

void block_cache::write_unsealed_blocks() {
  for (cached_block* const block : dirty_) {
    const status outcome = unsealed_->write_unsealed(unsealed(*block));
    block->dirty = false;
    block->write_failed = !outcome.ok();
    if (write_error_.ok()) write_error_ = outcome;
  }
  dirty_.clear();
}

void block_cache::owe_dirty_blocks() {
  unsealed_->note_late(dirty_.size());
  for (cached_block* const block : dirty_) {
    block->dirty = false;
    block->write_failed = false;
    block->owed = true;
  }
  dirty_.clear();
}

void block_cache::pay(cached_block& block) {
  if (!block.owed) return;
  unsealed_->store_late(unsealed(block));
  block.owed = false;
}

void block_cache::pay_all() {
  for (const auto& p : pages_)
    if (p) std::ranges::for_each(*p, [this](cached_block& block) { pay(block); });
}

void block_cache::write_dirty_blocks() {
  if (may_be_late()) return owe_dirty_blocks();
  if (unsealed_ != nullptr && unsealed_->takes_unsealed()) return write_unsealed_blocks();
  std::sort(dirty_.begin(), dirty_.end(),
            [](const cached_block* a, const cached_block* b) { return a->location < b->location; });
  for (std::size_t first = 0; first < dirty_.size();) {
    std::size_t last = first + 1;
    while (last < dirty_.size() && last - first < blocks_per_write &&
           dirty_[last]->location == dirty_[last - 1]->location + 1)
      ++last;
    write_run(first, last);
    first = last;
  }
  dirty_.clear();
}

// Writes the dirty blocks [first, last), which are neighbours on the device.
void block_cache::write_run(std::size_t first, std::size_t last) {
  const bool is_one = last - first == 1;  // and is written from where it is
  if (!is_one) staging_.resize(std::max(staging_.size(), last - first));
  for (std::size_t i = first; i < last; ++i) {
    cached_block& block = *dirty_[i];
    if (block.kind) seal(block.data->span(), *block.kind, block.location);
    if (!is_one) staging_[i - first].bytes = block.data->bytes;
    block.dirty = false;
    block.write_failed = false;
  }
  const std::byte* const from = is_one ? dirty_[first]->data->bytes.data()
                                       : reinterpret_cast<const std::byte*>(staging_.data());
  const status outcome =
      device_.write(dirty_[first]->location, std::span(from, (last - first) * block_size));
  if (outcome.ok()) return;
  if (write_error_.ok()) write_error_ = outcome;
  // A bad block spoils only itself.
  for (std::size_t i = first; i < last; ++i) {
    const cached_block& block = *dirty_[i];
    dirty_[i]->write_failed = is_one || !device_.write(block.location, block.data->view()).ok();
  }
}

}  // namespace pdata
