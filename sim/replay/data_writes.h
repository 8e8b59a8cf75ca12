// When each block of the data device was written last, counted in rounds that somebody else
// ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/ids.h"
#include "sim/disk/disk_watch.h"

namespace sim::replay {

using round_number = std::uint32_t;

class data_writes : public disk_watch {
 public:
  explicit data_writes(sector block_sectors) : block_sectors_(block_sectors) {}

  void write_began(sector first, sector count, const content&) override { note(first, count); }
  void write_is_durable(sector, sector, const content&) override {}
  void flushed() override {}
  void discard_began(sector first, sector count) override { note(first, count); }
  void discard_ended(sector first, sector count) override { note(first, count); }

  round_number now() const { return now_; }
  void next_round() { ++now_; }
  // 0: never.
  round_number last_write(pdata::data_block block) const {
    const auto number = block / blocks_in_page;
    if (number >= pages_.size()) return 0;
    const auto& found = pages_[pdata::to_size(number)];
    return found ? (*found)[block % blocks_in_page] : 0;
  }

 private:
  static constexpr std::size_t blocks_in_page = 4096;
  using page = std::array<round_number, blocks_in_page>;

  void note(sector first, sector count);

  sector block_sectors_;
  round_number now_ = 1;
  std::vector<std::unique_ptr<page>> pages_;
};

}  // namespace sim::replay
