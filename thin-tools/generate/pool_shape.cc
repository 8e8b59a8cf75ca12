#include "thin-tools/generate/pool_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "persistent-data/format/mapping_value.h"

namespace thin_tools {

namespace {

class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t up_to(std::uint64_t limit) { return 1 + next() % limit; }

 private:
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
  }
  std::uint64_t state_;
};

// Data blocks, each given out once, in extents that lie about in no order.
class scattered_blocks {
 public:
  scattered_blocks(std::uint64_t nr_extents, std::uint64_t extent_blocks)
      : nr_extents_(nr_extents | 1), extent_blocks_(extent_blocks) {
    // A power of two near the golden section of the range: neighbours part.
    while (step_ * 2 < nr_extents_) step_ *= 2;
  }

  std::uint64_t nr_blocks() const { return nr_extents_ * extent_blocks_; }
  pdata::data_block next_extent() {
    // The step has no factor in common with the odd number of extents.
    position_ = (position_ + step_) % nr_extents_;
    REQUIRE(++given_ <= nr_extents_);
    return position_ * extent_blocks_;
  }

 private:
  std::uint64_t nr_extents_;
  std::uint64_t extent_blocks_;
  std::uint64_t step_ = 1;
  std::uint64_t position_ = 0;
  std::uint64_t given_ = 0;
};

std::uint64_t longest_run(const pool_shape& shape) {
  return 2 * std::max<std::uint64_t>(1, shape.run_length) - 1;
}

// One for each run there can be, and a spare one.
std::uint64_t count_extents(const pool_shape& shape) {
  const auto own = pdata::checked_mul(shape.nr_devices, shape.own);
  const auto all = own ? pdata::checked_add(*own, shape.shared) : own;
  const auto blocks = all ? pdata::checked_mul(*all + 2, longest_run(shape)) : all;
  if (!blocks || *blocks > pdata::mapping_block_max)
    throw pdata::error("this shape needs more data blocks than metadata can describe");
  return *all + 1;
}

class generator {
 public:
  generator(const pool_shape& shape, pdata::metadata_sink& to)
      : shape_(shape),
        to_(to),
        random_(shape.seed),
        longest_run_(longest_run(shape)),
        blocks_(count_extents(shape), longest_run_) {}

  void run() {
    pdata::stream_superblock pool;
    pool.time = 1;
    pool.transaction_id = shape_.nr_devices;
    pool.data_block_size = shape_.data_block_size;
    pool.nr_data_blocks = shape_.nr_data_blocks.value_or(blocks_.nr_blocks());
    if (pool.nr_data_blocks < blocks_.nr_blocks())
      throw pdata::error(fmt::format("this shape needs {} data blocks", blocks_.nr_blocks()));
    to_.begin_superblock(pool);
    if (shape_.shared != 0) {
      to_.begin_def("shared");
      mappings(shape_.shared, 0, 0);
      to_.end_def();
    }
    const pdata::thin_block after_shared = virtual_block_;
    for (std::uint64_t device = 1; device <= shape_.nr_devices; ++device) {
      to_.begin_device(device, {shape_.shared + shape_.own, device - 1, 0, 1});
      if (shape_.shared != 0) to_.ref("shared");
      mappings(shape_.own, after_shared, 1);
      to_.end_device();
    }
    to_.end_superblock();
  }

 private:
  void mappings(std::uint64_t count, pdata::thin_block first, std::uint32_t time) {
    constexpr std::uint64_t longest_gap = 15;
    virtual_block_ = first;
    while (count != 0) {
      const std::uint64_t length = std::min(count, random_.up_to(longest_run_));
      to_.run({virtual_block_, blocks_.next_extent(), length, time});
      virtual_block_ += length + random_.up_to(longest_gap);
      count -= length;
    }
  }

  const pool_shape& shape_;
  pdata::metadata_sink& to_;
  random_source random_;
  std::uint64_t longest_run_;
  scattered_blocks blocks_;
  pdata::thin_block virtual_block_ = 0;
};

}  // namespace

void stream_shape(const pool_shape& shape, pdata::metadata_sink& to) { generator(shape, to).run(); }

}  // namespace thin_tools
