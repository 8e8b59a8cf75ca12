// Images that change at random and are put back: bytes, fields, pointers from
// elsewhere, whole blocks; sealed again, so that checksums hide nothing.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/format/little_endian.h"
#include "persistent-data/io/memory_device.h"
#include "tests/unit/support/kernel_images.h"

namespace test_support {

// Remembers which blocks differ from the original.
class mutant_device : public pdata::block_device {
 public:
  explicit mutant_device(const pdata::memory_device& original)
      : original_(original), now_(original) {}

  pdata::metadata_block nr_blocks() const override { return now_.nr_blocks(); }
  pdata::status read(pdata::metadata_block first, std::span<std::byte> to) override {
    return now_.read(first, to);
  }
  pdata::status write(pdata::metadata_block first, std::span<const std::byte> from) override {
    ++nr_writes;
    for (auto b = first; b < first + from.size() / pdata::block_size; ++b) changed_.push_back(b);
    return now_.write(first, from);
  }
  pdata::status flush() override { return pdata::success; }

  const pdata::block_buffer& at(pdata::metadata_block block) const { return now_.at(block); }
  pdata::block_buffer& change(pdata::metadata_block block) {
    changed_.push_back(block);
    return now_.at(block);
  }
  void restore() {
    for (const auto block : changed_) now_.at(block) = original_.at(block);
    changed_.clear();
    nr_writes = 0;
  }

  std::size_t nr_writes = 0;

 private:
  const pdata::memory_device& original_;
  pdata::memory_device now_;
  std::vector<pdata::metadata_block> changed_;
};

class mutator {
 public:
  explicit mutator(mutant_device& device) : device_(device) {
    for (pdata::metadata_block b = 0; b < device.nr_blocks(); ++b)
      if (!pdata::all_zero(device.at(b).view())) used_.push_back(b);
  }

  void seed(unsigned number) { random_.seed(number); }

  void mutate() {
    for (auto n = 1 + pick(4); n > 0; --n) mutate_once();
  }

 private:
  void mutate_once() {
    const auto block = used_[pick(used_.size())];
    auto kind = pdata::identify(device_.at(block).view()).value_or(pdata::block_kind::btree_node);
    switch (pick(8)) {
      case 0:
        flip_bytes(block);
        break;
      case 1:
        set_field(block, kind);
        break;
      case 2:
        set_word(block);
        break;
      case 3:
        device_.change(block) = {};
        break;
      case 4:
        std::swap(device_.change(block), device_.change(used_[pick(used_.size())]));
        break;
      case 5:
        device_.change(block) = device_.at(used_[pick(used_.size())]);
        break;  // stale
      case 6:
        copy_word(block);
        break;
      case 7:
        flip_bytes(block);
        return;  // not resealed
    }
    kind = pdata::identify(device_.at(block).view()).value_or(kind);
    pdata::seal(device_.change(block).span(), pick(10) == 0 ? pdata::block_kind::bitmap : kind,
                block);
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

  void flip_bytes(pdata::metadata_block block) {
    for (std::size_t n = 1 + pick(4); n > 0; --n)
      device_.change(block).bytes[pick(pdata::block_size)] ^= static_cast<std::byte>(1 + pick(255));
  }

  std::uint64_t interesting_number() {
    const std::uint64_t numbers[] = {
        0,          1,          2,          3,         252,
        253,        84,         2047,       2048,      16384,
        UINT32_MAX, UINT64_MAX, pick(2048), random_(), std::uint64_t{1} << 40};
    return numbers[pick(std::size(numbers))];
  }

  void set_field(pdata::metadata_block block, pdata::block_kind kind) {
    const std::span<const pdata::field> fields =
        kind == pdata::block_kind::superblock
            ? std::span<const pdata::field>(pdata::superblock_fields)
            : std::span<const pdata::field>(pdata::node_fields);
    const auto& which = fields[pick(fields.size())];
    if (which.size <= 8)
      pdata::store_field(device_.change(block).span(), which, interesting_number());
  }

  void set_word(pdata::metadata_block block) {
    pdata::store_le<std::uint64_t>(device_.change(block).span(), 8 * pick(pdata::block_size / 8),
                                   interesting_number());
  }

  // A pointer or key from elsewhere: loops, shared nodes, wild pointers.
  void copy_word(pdata::metadata_block block) {
    const auto from = used_[pick(used_.size())];
    const auto word = pdata::load_le<std::uint64_t>(device_.at(from).view(),
                                                    32 + 8 * pick((pdata::block_size - 32) / 8));
    pdata::store_le<std::uint64_t>(device_.change(block).span(),
                                   32 + 8 * pick((pdata::block_size - 32) / 8), word);
  }

  mutant_device& device_;
  std::mt19937 random_;
  std::vector<pdata::metadata_block> used_;
};

// Calls visit(mutant, round) with so many changed copies of each kernel image.
template <class Visit>
void for_each_mutant(std::initializer_list<const char*> images, unsigned rounds, Visit visit) {
  for (const char* name : images) {
    const auto original = load_kernel_image(name);
    mutant_device mutant(original);
    mutator change(mutant);
    for (unsigned round = 0; round < rounds; ++round) {
      SCOPED_TRACE(std::string(name) + ", round " + std::to_string(round));
      change.seed(round);
      change.mutate();
      visit(mutant, round);
      mutant.restore();
    }
  }
}

}  // namespace test_support
