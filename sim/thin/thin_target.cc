#include "sim/thin/thin_target.h"

#include <fmt/format.h>

#include "persistent-data/base/checked_math.h"
#include "sim/thin/thin_pool_target.h"
#include "sim/thin/thin_watch.h"

namespace sim {

using pdata::result;
using pdata::success;

namespace {

constexpr sector longest_discard = 2048 * 1024 * 16;  // 16 GiB

}  // namespace

thin_target::thin_target(const place& at, const parts& from)
    : target(at),
      held_(from.of),
      pool_(*held_),
      metadata_(from.metadata),
      id_(from.id),
      pool_device_(from.pool_device),
      origin_(from.origin) {
  takes_flushes_ = flush_always_ = true;
  takes_discards_ = discard_always_ = discard_cut_at_limit_ = pool_.features().discard_enabled;
  max_io_length_ = pool_.block_sectors();
  pool_.attach(*this);
}

thin_target::~thin_target() {
  pool_.detach(*this);
  pool_.metadata().close_device(metadata_);
}

map_result thin_target::map(mapped_bio& request) {
  if (request.count != 0) request.first -= begin();
  if (auto* watch = pool_.settings().watch) watch->request_began(id_, &request, request);
  return pool_.map(*this, request);
}

void thin_target::ended(mapped_bio& request) {
  pool_.request_ended(request);
  if (auto* watch = pool_.settings().watch) watch->request_ended(id_, &request, request.status);
}

void thin_target::presuspend(flush_mode mode) {
  if (mode == flush_mode::flush) return;
  requeue_mode = true;
  pool_.begin_requeue(*this);
}

pdata::status thin_target::preresume() {
  if (origin_ != nullptr) origin_size_ = origin_->size();
  if (pool_.settings().speaks == dialect::first_2011) return truncate();
  return success;
}

// The first version had no size of its own: the target's was the device's, and
// what was mapped behind it went at once.
pdata::status thin_target::truncate() {
  const auto highest = pool_.metadata().highest_mapped(metadata_);
  if (!highest.ok()) return highest.failure();
  const auto end = pdata::div_up(length(), pool_.block_sectors());
  if (!*highest || **highest < end) return success;
  const auto r = pool_.metadata().remove_range(metadata_, end, **highest + 1);
  if (!r.ok()) {
    pool_.metadata_failed();
    return r;
  }
  return pool_.commit();
}

std::string thin_target::info() {
  const auto highest = pool_.metadata().highest_mapped(metadata_);
  if (!highest.ok()) return "Error";
  const std::uint64_t block = pool_.block_sectors();
  const sector mapped = metadata_->mapped_blocks() * block;
  if (!*highest) return fmt::format("{} -", mapped);
  return fmt::format("{} {}", mapped, (**highest + 1) * block - 1);
}

std::string thin_target::describe(status_kind kind, flush_mode) {
  if (pool_.mode() == pool_mode::fail) return "Fail";
  if (kind == status_kind::info) return info();
  std::string line = fmt::format("{} {}", to_string(pool_device_.number()), id_);
  if (origin_ != nullptr) line += " " + to_string(origin_->number());
  return line;
}

bool thin_target::any_device(const device_visitor& visit) {
  if (pool_.bound() == nullptr) return false;
  const sector blocks = pool_.bound()->length() / pool_.block_sectors();
  return blocks != 0 && visit(pool_device_, 0, blocks * pool_.block_sectors());
}

void thin_target::io_hints(queue_limits& limits) {
  if (!pool_.features().discard_enabled) return;
  limits.discard_granularity = pool_.block_sectors();
  if (in().rules().has(kernel_rule::largest_discard_1024_blocks))
    limits.max_hw_discard_sectors = pool_.block_sectors() * most_locked_blocks;
  else
    limits.max_discard_sectors = longest_discard;
}

namespace {

class thin_target_type : public target_type {
 public:
  explicit thin_target_type(pool_table& pools) : target_type("thin", {}), pools_(pools) {}

  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    const bool may_have_origin = pools_.settings.speaks == dialect::linux;
    if (arguments.size() != 2 && (arguments.size() != 3 || !may_have_origin))
      return pdata::status(EINVAL);
    device* origin = nullptr;
    if (arguments.size() == 3) {
      if (arguments[0] == arguments[2]) return pdata::status(EINVAL);
      const auto found = at.in.get_device(arguments[2], device_access::read);
      if (!found.ok()) return found.failure();
      origin = *found;
    }
    const auto pool_device = at.in.get_device(arguments[0], device_access::read_write);
    if (!pool_device.ok()) return pool_device.failure();
    const auto id = parse_kernel_number(arguments[1]);
    if (!id || *id > largest_device_id(pools_.settings.speaks)) return pdata::status(EINVAL);
    auto* mapped = dynamic_cast<mapped_device*>(*pool_device);
    pool* of = mapped == nullptr ? nullptr : pools_.find(*mapped);
    if (of == nullptr || of->mode() == pool_mode::fail) return pdata::status(EINVAL);
    const auto metadata = of->metadata().open_device(*id);
    if (!metadata.ok()) return metadata.failure();
    if (of->suspended()) {
      of->metadata().close_device(*metadata);
      return pdata::status(EINVAL);
    }
    return std::unique_ptr<target>(std::make_unique<thin_target>(
        at, thin_target::parts{of->shared_from_this(), *metadata, *id, *mapped, origin}));
  }

 private:
  pool_table& pools_;
};

}  // namespace

std::unique_ptr<target_type> thin_type(pool_table& pools) {
  return std::make_unique<thin_target_type>(pools);
}

}  // namespace sim
