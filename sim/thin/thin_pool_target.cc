#include "sim/thin/thin_pool_target.h"

#include <algorithm>

#include "persistent-data/base/checked_math.h"

namespace sim {

using pdata::result;
using pdata::success;

namespace {

constexpr sector smallest_block = 128;      // 64 KiB
constexpr sector largest_block = 2097152;   // 1 GiB
constexpr sector most_metadata = 33292800;  // what 255 bitmaps can count
constexpr std::uint64_t largest_threshold = 1024;

std::uint64_t metadata_blocks(const device& on) {
  return std::min(on.size(), most_metadata) / pdata::block_sectors;
}

}  // namespace

thin_pool_target::thin_pool_target(const place& at, const parts& from)
    : target(at),
      held_(from.of),
      pool_(*held_),
      low_water_(from.low_water),
      requested_(from.features),
      adjusted_(from.features) {
  takes_flushes_ = true;
  takes_discards_ = discard_always_ = discard_cut_at_limit_ =
      requested_.discard_enabled && requested_.discard_passdown;
}

thin_pool_target::~thin_pool_target() { pool_.unbind(*this); }

map_result thin_pool_target::map(mapped_bio& request) {
  request.to = &pool_.data_device();
  return map_result::remapped;
}

std::optional<std::uint64_t> thin_pool_target::low_water_blocks() const {
  if (pool_.settings().speaks == dialect::linux) return low_water_;
  // Below so many sectors, and not at them.
  const auto blocks = pdata::div_up(low_water_, pool_.block_sectors());
  if (blocks == 0) return std::nullopt;
  return blocks - 1;
}

std::uint64_t thin_pool_target::metadata_threshold() const {
  return std::min(largest_threshold, metadata_blocks(pool_.metadata_device()) / 4);
}

// True if it has grown.
result<bool> thin_pool_target::resize_data() {
  auto& metadata = pool_.metadata();
  const std::uint64_t wanted = length() / pool_.block_sectors();
  const auto now = metadata.nr_data_blocks();
  if (!now.ok()) return now.failure();
  if (wanted < *now) return pdata::status(EINVAL);
  if (wanted == *now || metadata.needs_check()) return false;
  if (const auto r = metadata.resize_data(wanted); !r.ok()) {
    pool_.metadata_failed();
    return r;
  }
  return true;
}

result<bool> thin_pool_target::resize_metadata() {
  auto& metadata = pool_.metadata();
  const std::uint64_t wanted = metadata_blocks(pool_.metadata_device());
  const auto now = metadata.nr_metadata_blocks();
  if (!now.ok()) return now.failure();
  if (wanted < *now) return pdata::status(EINVAL);
  if (wanted == *now || metadata.needs_check()) return false;
  if (pool_.mode() == pool_mode::out_of_metadata_space) pool_.set_mode(pool_mode::write);
  if (const auto r = metadata.resize_metadata(wanted); !r.ok()) {
    pool_.metadata_failed();
    return r;
  }
  return true;
}

pdata::status thin_pool_target::preresume() {
  pool_.bind(*this);
  const auto data = resize_data();
  auto r = data.outcome();
  if (data.ok()) {
    const auto metadata = resize_metadata();
    r = metadata.outcome();
    if (metadata.ok() && (*data || *metadata)) pool_.commit().ignore();
  }
  // A failed pool resumes, so that its requests can fail.
  if (!r.ok() && pool_.mode() == pool_mode::fail) return success;
  return r;
}

bool thin_pool_target::any_device(const device_visitor& visit) {
  return visit(pool_.data_device(), 0, length());
}

void thin_pool_target::io_hints(queue_limits& limits) {
  const sector block = pool_.block_sectors();
  if (limits.max_sectors < block) {
    // The largest power of two that divides the block.
    while (block % limits.max_sectors != 0) {
      if ((limits.max_sectors & (limits.max_sectors - 1)) == 0) --limits.max_sectors;
      std::uint64_t power = 1;
      while (power * 2 <= limits.max_sectors) power *= 2;
      limits.max_sectors = power;
    }
  }
  if (limits.io_opt < block || limits.io_opt % block != 0) {
    limits.io_min = block % limits.max_sectors == 0 ? limits.max_sectors : block;
    limits.io_opt = block;
  }
  if (!adjusted_.discard_enabled) {
    limits.discard_granularity = 0;
    return;
  }
  if (pool_.data_device().limits().max_discard_sectors < block) adjusted_.discard_passdown = false;
  if (!adjusted_.discard_passdown && in().rules().has(kernel_rule::no_discards_without_passdown))
    limits.max_hw_discard_sectors = 0;
}

namespace {

class thin_pool_target_type : public target_type {
 public:
  explicit thin_pool_target_type(pool_table& pools)
      : target_type("thin-pool", {.singleton = true, .immutable = true}), pools_(pools) {}

  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    const auto line = parse_pool_line(arguments, pools_.settings.speaks);
    if (!line.ok()) return line.failure();
    const bool read_only = line->features.mode == pool_mode::read_only;
    const auto metadata = at.in.get_device(
        line->metadata_device, read_only ? device_access::read : device_access::read_write);
    if (!metadata.ok()) return metadata.failure();
    const auto data = at.in.get_device(line->data_device, device_access::read_write);
    if (!data.ok()) return data.failure();
    const auto block = parse_kernel_number(line->block_sectors);
    if (!block || *block < smallest_block || *block > largest_block || *block % smallest_block != 0)
      return pdata::status(EINVAL);
    const auto low_water = parse_kernel_number(line->low_water);
    if (!low_water) return pdata::status(EINVAL);
    const auto of = find_pool(at, **metadata, **data, *block, line->features);
    if (!of.ok()) return of.failure();
    auto made = std::make_unique<thin_pool_target>(
        at, thin_pool_target::parts{*of, *low_water, line->features});
    pool* shared = of->get();
    const auto r = shared->metadata().on_metadata_low(made->metadata_threshold(),
                                                      [shared] { shared->metadata_low(); });
    if (!r.ok()) return r;
    if (!pools_.settings.lacks.flush_before_commit)
      shared->metadata().on_pre_commit([shared] { return shared->flush_data(); });
    return std::unique_ptr<target>(std::move(made));
  }

 private:
  result<std::shared_ptr<pool>> find_pool(const target::place& at, device& metadata, device& data,
                                          sector block, const pool_features& features) {
    mapped_device& owner = at.in.owner();
    pool* found = pools_.find_by_metadata(metadata);
    if (found != nullptr) {
      if (&found->owner() != &owner || &found->data_device() != &data) return pdata::status(EBUSY);
    } else {
      found = pools_.find(owner);
      if (found == nullptr)
        return pool::create(pools_, owner, metadata, data, block, features.mode);
      if (&found->metadata_device() != &metadata || &found->data_device() != &data)
        return pdata::status(EINVAL);
    }
    if (features.discard_enabled != found->features().discard_enabled) return pdata::status(EINVAL);
    return found->shared_from_this();
  }

  pool_table& pools_;
};

}  // namespace

std::unique_ptr<target_type> thin_pool_type(pool_table& pools) {
  return std::make_unique<thin_pool_target_type>(pools);
}

}  // namespace sim
