// What a B-tree does about its values when nodes are shared, entries removed or
// overwritten: the hooks of Linux 6.1 struct dm_btree_value_type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "persistent-data/format/btree_node.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

class transaction_manager;

// Values that refer to nothing. Also the base of the others.
class value_type {
 public:
  explicit constexpr value_type(std::uint32_t bytes) : bytes_(bytes) {}
  virtual ~value_type() = default;

  std::uint32_t bytes() const { return bytes_; }

  // `values`: any number of whole values. Failures are dropped, as in the kernel.
  virtual void inc(std::span<const std::byte> values) const { static_cast<void>(values); }
  virtual void dec(std::span<const std::byte> values) const { static_cast<void>(values); }
  // True if overwriting one value by the other changes no count.
  virtual bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const {
    return static_cast<void>(a), static_cast<void>(b), false;
  }

 private:
  std::uint32_t bytes_;
};

// Metadata blocks: what the values of all but the last level of a tree are.
class block_values : public value_type {
 public:
  explicit block_values(transaction_manager& manager)
      : value_type(child_value_bytes), manager_(&manager) {}
  void inc(std::span<const std::byte> values) const override;
  void dec(std::span<const std::byte> values) const override;
  bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const override;

 private:
  transaction_manager* manager_;
};

// Merges ascending neighbours into ranges, Linux 6.1 dm_tm_with_runs: calls
// on_run(begin, end) for each maximal run of `values`, 64-bit integers,
// in their order. `block_of` makes the block number from a value.
template <class BlockOf, class OnRun>
void with_runs(std::span<const std::byte> values, BlockOf block_of, OnRun on_run) {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  for (std::size_t at = 0; at < values.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t block = block_of(decode_u64(values.subspan(at)));
    if (at != 0 && block == end) {
      ++end;
      continue;
    }
    if (at != 0) on_run(begin, end);
    begin = block;
    end = block + 1;
  }
  if (!values.empty()) on_run(begin, end);
}

}  // namespace pdata
