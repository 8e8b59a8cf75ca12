// Keys and values of a fixed size, in order: what a node consists of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "persistent-data/base/require.h"
#include "persistent-data/format/tree_value.h"

namespace pdata {

// Mapping leaves hold runs: consecutive keys whose values differ by this much, consecutive
// data blocks of one time.
inline constexpr std::uint64_t run_value_step = std::uint64_t{1} << 24;

class entry_list {
 public:
  explicit entry_list(std::uint32_t value_size) : value_size_(value_size) {}

  std::uint32_t value_size() const { return value_size_; }
  std::size_t size() const { return keys_.size() - front_; }
  bool empty() const { return size() == 0; }
  std::uint64_t key(std::size_t i) const { return keys_[front_ + i]; }
  std::span<const std::uint64_t> keys(std::size_t first, std::size_t count) const {
    return keys().subspan(first, count);
  }
  std::span<const std::byte> values(std::size_t first, std::size_t count) const {
    return values().subspan(first * value_size_, count * value_size_);
  }
  std::span<const std::byte> value(std::size_t i) const {
    return std::span(values_).subspan((front_ + i) * value_size_, value_size_);
  }
  // Requires 8-byte values.
  std::uint64_t value_u64(std::size_t i) const { return decode_u64(value(i)); }

  void add(std::uint64_t key, std::span<const std::byte> value) {
    REQUIRE(value.size() == value_size_);
    keys_.push_back(key);
    values_.insert(values_.end(), value.begin(), value.end());
  }
  // Requires 8-byte values.
  void add_u64(std::uint64_t key, std::uint64_t value) {
    REQUIRE(value_size_ == sizeof value);
    keys_.push_back(key);
    const std::size_t before = values_.size();
    values_.resize(before + sizeof value);
    store_le_unchecked(values_.data() + before, value);
  }
  // So many entries of a run. Requires 8-byte values.
  void add_run(std::uint64_t key, std::uint64_t value, std::size_t count) {
    REQUIRE(value_size_ == sizeof value);
    const std::size_t before = keys_.size();
    keys_.resize(before + count);
    values_.resize((before + count) * sizeof value);
    for (std::size_t i = 0; i < count; ++i) {
      keys_[before + i] = key + i;
      std::ranges::copy(encode_u64(value + i * run_value_step),
                        values_.begin() + static_cast<std::ptrdiff_t>((before + i) * sizeof value));
    }
  }

  bool same_entry(std::size_t i, const entry_list& other, std::size_t j) const {
    return key(i) == other.key(j) && std::ranges::equal(value(i), other.value(j));
  }

  void insert_front(const entry_list& front) {
    drop_front();
    const auto at = static_cast<std::ptrdiff_t>(front.front_);
    keys_.insert(keys_.begin(), front.keys_.begin() + at, front.keys_.end());
    values_.insert(values_.begin(), front.values_.begin() + at * front.value_size_,
                   front.values_.end());
  }
  void erase_front(std::size_t count) {
    front_ += count;
    if (front_ >= kept_in_front) drop_front();
  }
  void truncate(std::size_t count) {
    keys_.resize(front_ + count);
    values_.resize((front_ + count) * value_size_);
  }
  void clear() {
    front_ = 0;
    truncate(0);
  }

  entry_list slice(std::size_t first, std::size_t count) const {
    entry_list part(value_size_);
    const auto at = static_cast<std::ptrdiff_t>(front_ + first);
    const auto n = static_cast<std::ptrdiff_t>(count);
    part.keys_.assign(keys_.begin() + at, keys_.begin() + at + n);
    const auto size = static_cast<std::ptrdiff_t>(value_size_);
    part.values_.assign(values_.begin() + at * size, values_.begin() + (at + n) * size);
    return part;
  }

  friend bool operator==(const entry_list& a, const entry_list& b) {
    return a.value_size_ == b.value_size_ && std::ranges::equal(a.keys(), b.keys()) &&
           std::ranges::equal(a.values(), b.values());
  }

 private:
  // Entries are erased from the front of a list a node at a time: moved up once for many.
  static constexpr std::size_t kept_in_front = 2048;

  std::span<const std::uint64_t> keys() const { return std::span(keys_).subspan(front_); }
  std::span<const std::byte> values() const {
    return std::span(values_).subspan(front_ * value_size_);
  }
  void drop_front() {
    const auto at = static_cast<std::ptrdiff_t>(front_);
    keys_.erase(keys_.begin(), keys_.begin() + at);
    values_.erase(values_.begin(), values_.begin() + at * value_size_);
    front_ = 0;
  }

  std::uint32_t value_size_;
  std::size_t front_ = 0;  // so many were erased and are there still
  std::vector<std::uint64_t> keys_;
  std::vector<std::byte> values_;
};

}  // namespace pdata
