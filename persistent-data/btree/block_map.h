// A map from metadata blocks to small numbers, paid for where it is used: pages are
// allocated when a block in them is first set.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "persistent-data/base/require.h"

namespace pdata {

class block_map {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  // For blocks below nr_blocks.
  explicit block_map(metadata_block nr_blocks) : nr_blocks_(nr_blocks) {
    pages_.resize(to_size(div_up(nr_blocks, page_entries)));
  }

  metadata_block nr_blocks() const { return nr_blocks_; }

  std::uint32_t get(metadata_block block) const {
    REQUIRE(block < nr_blocks_);
    const auto& page = pages_[to_size(block / page_entries)];
    return page ? (*page)[block % page_entries] : none;
  }

  void set(metadata_block block, std::uint32_t value) {
    REQUIRE(block < nr_blocks_);
    auto& page = pages_[to_size(block / page_entries)];
    if (!page) {
      page = std::make_unique<page_type>();
      page->fill(none);
    }
    (*page)[block % page_entries] = value;
  }

 private:
  static constexpr std::size_t page_entries = 1024;
  using page_type = std::array<std::uint32_t, page_entries>;

  metadata_block nr_blocks_;
  std::vector<std::unique_ptr<page_type>> pages_;
};

}  // namespace pdata
