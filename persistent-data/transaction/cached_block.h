// A metadata block in memory, as block_cache.h keeps it, and who holds it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "persistent-data/base/ids.h"
#include "persistent-data/format/block.h"
#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/checksum.h"

namespace pdata {

// A block in memory, with its state: one line of the processor's cache.
struct cached_block {
  metadata_block location = 0;
  block_buffer* data = nullptr;    // none: the block is not in memory
  std::uint32_t holds = 0;         // how many references are out
  std::uint32_t like = 0;          // of a dirty block: what it was copied from; 0: not known
  std::optional<block_kind> kind;  // none: never checked
  bool dirty = false;
  bool write_failed = false;      // its last write; the block is dropped after its next use
  bool parsed = false;            // `node` stands for the contents; only while clean
  bool touched = false;           // since the last sweep
  bool owed = false;              // it is clean, and the device does not have it
  std::uint8_t half_entries = 0;  // of a dirty node, about
  node_view node;
};
static_assert(sizeof(void*) != 8 || sizeof(cached_block) == 64);

class block_cache;

// A held block: readable while the reference lives. Not to be kept across a
// flush or a reset of the cache.
class block_ref {
 public:
  block_ref() = default;
  block_ref(block_cache& cache, cached_block& block) : cache_(&cache), block_(&block) {
    ++block_->holds;
  }
  block_ref(block_ref&& other) noexcept
      : cache_(other.cache_), block_(std::exchange(other.block_, nullptr)) {}
  block_ref& operator=(block_ref&& other) noexcept {
    if (this != &other) {
      release();
      cache_ = other.cache_;
      block_ = std::exchange(other.block_, nullptr);
    }
    return *this;
  }
  ~block_ref() { release(); }

  explicit operator bool() const { return block_ != nullptr; }
  metadata_block location() const { return block_->location; }
  block_view view() const { return block_->data->view(); }
  // The proven layout of a B-tree node, a leaf or internal; null where it has to be parsed.
  const node_view* parsed_node() const { return block_->parsed ? &block_->node : nullptr; }
  inline void release();

 protected:
  block_cache* cache_ = nullptr;
  cached_block* block_ = nullptr;
};

// A held block that may be changed. It is dirty, changed or not.
class write_ref : public block_ref {
 public:
  using block_ref::block_ref;
  block_span span() const { return block_->data->span(); }
  // Of a node: half of its entries, for prefetch_node().
  void note_half(std::uint8_t entries) const { block_->half_entries = entries; }
};

}  // namespace pdata
