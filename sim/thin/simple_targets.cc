#include "sim/thin/simple_targets.h"

#include <fmt/format.h>

#include <optional>

#include "sim/dm/table.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

class linear_target : public target {
 public:
  linear_target(const place& at, device& below, sector start)
      : target(at), below_(below), start_(start) {
    takes_flushes_ = takes_discards_ = takes_write_zeroes_ = flush_bypasses_ = true;
  }

  map_result map(mapped_bio& request) override {
    request.to = &below_;
    if (request.count != 0) request.first = request.first - begin() + start_;
    return map_result::remapped;
  }

  std::string describe(status_kind kind, flush_mode) override {
    if (kind == status_kind::info) return {};
    return fmt::format("{} {}", to_string(below_.number()), start_);
  }

  bool any_device(const device_visitor& visit) override { return visit(below_, start_, length()); }

 private:
  device& below_;
  sector start_;
};

// zero and error have no device whose limits theirs could be.
void take_every_discard(queue_limits& limits) {
  limits.max_hw_discard_sectors = queue_limits::no_limit;
  limits.discard_granularity = 1;
}

class zero_target : public target {
 public:
  explicit zero_target(const place& at) : target(at), ends_discards_(takes_all(at)) {
    takes_discards_ = true;
    discard_always_ = ends_discards_;
  }

  map_result map(mapped_bio& request) override {
    if (request.op == io_op::discard && !ends_discards_) return map_result::killed;
    if (request.op == io_op::read) request.deliver_zeroes();
    end_bio(request);
    return map_result::submitted;
  }
  bool visits_devices() const override { return false; }
  void io_hints(queue_limits& limits) override {
    if (ends_discards_) take_every_discard(limits);
  }

 private:
  static bool takes_all(const place& at) {
    return at.in.rules().has(kernel_rule::zero_and_error_take_discards);
  }

  bool ends_discards_;
};

class error_target : public target {
 public:
  struct backing_device {
    device* below;
    sector start;
  };

  error_target(const place& at, std::optional<backing_device> limits_of)
      : target(at), limits_of_(limits_of) {
    takes_discards_ = true;
    discard_always_ = at.in.rules().has(kernel_rule::zero_and_error_take_discards);
  }

  map_result map(mapped_bio&) override { return map_result::killed; }
  bool any_device(const device_visitor& visit) override {
    return limits_of_ && visit(*limits_of_->below, limits_of_->start, length());
  }
  bool visits_devices() const override {
    return in().rules().has(kernel_rule::error_may_have_device);
  }
  void io_hints(queue_limits& limits) override {
    if (discard_always_) take_every_discard(limits);
  }

 private:
  std::optional<backing_device> limits_of_;
};

class linear_target_type : public target_type {
 public:
  linear_target_type() : target_type("linear", {}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (arguments.size() != 2) return pdata::status(EINVAL);
    const auto start = parse_first_sector(arguments[1]);
    if (!start) return pdata::status(EINVAL);
    const auto below = at.in.get_device(arguments[0], device_access::read_write);
    if (!below.ok()) return below.failure();
    return std::unique_ptr<target>(std::make_unique<linear_target>(at, **below, *start));
  }
};

class zero_target_type : public target_type {
 public:
  zero_target_type() : target_type("zero", {}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (!arguments.empty()) return pdata::status(EINVAL);
    return std::unique_ptr<target>(std::make_unique<zero_target>(at));
  }
};

class error_target_type : public target_type {
 public:
  error_target_type() : target_type("error", {.wildcard = true}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    std::optional<error_target::backing_device> limits_of;
    if (arguments.size() == 2 && at.in.rules().has(kernel_rule::error_may_have_device)) {
      const auto start = parse_first_sector(arguments[1]);
      if (!start) return pdata::status(EINVAL);
      const auto below = at.in.get_device(arguments[0], device_access::read_write);
      if (!below.ok()) return below.failure();
      limits_of = {*below, *start};
    }
    return std::unique_ptr<target>(std::make_unique<error_target>(at, limits_of));
  }
};

}  // namespace

std::unique_ptr<target_type> linear_type() { return std::make_unique<linear_target_type>(); }
std::unique_ptr<target_type> zero_type() { return std::make_unique<zero_target_type>(); }
std::unique_ptr<target_type> error_type() { return std::make_unique<error_target_type>(); }

}  // namespace sim
