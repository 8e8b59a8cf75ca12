// What a B-tree does about its values when nodes are shared, entries removed or
// overwritten: the hooks of Linux 6.1 struct dm_btree_value_type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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
  explicit block_values(transaction_manager& manager) : value_type(8), manager_(&manager) {}
  void inc(std::span<const std::byte> values) const override;
  void dec(std::span<const std::byte> values) const override;
  bool equal(std::span<const std::byte> a, std::span<const std::byte> b) const override;

 private:
  transaction_manager* manager_;
};

}  // namespace pdata
