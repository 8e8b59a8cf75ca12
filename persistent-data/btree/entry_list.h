// Keys and values of a fixed size, in order: what a node consists of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "persistent-data/base/require.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

class entry_list {
 public:
  explicit entry_list(std::uint32_t value_size) : value_size_(value_size) {}

  std::uint32_t value_size() const { return value_size_; }
  std::size_t size() const { return keys_.size(); }
  bool empty() const { return keys_.empty(); }
  std::uint64_t key(std::size_t i) const { return keys_[i]; }
  std::span<const std::byte> value(std::size_t i) const {
    return std::span(values_).subspan(i * value_size_, value_size_);
  }
  // Requires 8-byte values.
  std::uint64_t value_u64(std::size_t i) const { return decode_u64(value(i)); }

  void add(std::uint64_t key, std::span<const std::byte> value) {
    REQUIRE(value.size() == value_size_);
    keys_.push_back(key);
    values_.insert(values_.end(), value.begin(), value.end());
  }
  void add_u64(std::uint64_t key, std::uint64_t value) { add(key, encode_u64(value)); }

  bool same_entry(std::size_t i, const entry_list& other, std::size_t j) const {
    return keys_[i] == other.keys_[j] && std::ranges::equal(value(i), other.value(j));
  }

  void insert_front(const entry_list& front) {
    keys_.insert(keys_.begin(), front.keys_.begin(), front.keys_.end());
    values_.insert(values_.begin(), front.values_.begin(), front.values_.end());
  }
  void erase_front(std::size_t count) {
    keys_.erase(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(count));
    values_.erase(values_.begin(),
                  values_.begin() + static_cast<std::ptrdiff_t>(count * value_size_));
  }
  void truncate(std::size_t count) {
    keys_.resize(count);
    values_.resize(count * value_size_);
  }
  void clear() { truncate(0); }

  entry_list slice(std::size_t first, std::size_t count) const {
    entry_list part(value_size_);
    const auto at = static_cast<std::ptrdiff_t>(first);
    const auto n = static_cast<std::ptrdiff_t>(count);
    part.keys_.assign(keys_.begin() + at, keys_.begin() + at + n);
    const auto size = static_cast<std::ptrdiff_t>(value_size_);
    part.values_.assign(values_.begin() + at * size, values_.begin() + (at + n) * size);
    return part;
  }

  friend bool operator==(const entry_list&, const entry_list&) = default;

 private:
  std::uint32_t value_size_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::byte> values_;
};

}  // namespace pdata
