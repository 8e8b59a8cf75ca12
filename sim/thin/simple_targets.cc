#include "sim/thin/simple_targets.h"

#include <fmt/format.h>

#include <charconv>

#include "sim/dm/table.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

class linear_target : public target {
 public:
  linear_target(const place& at, device& below, sector start)
      : target(at), below_(below), start_(start) {
    takes_flushes_ = takes_discards_ = true;
  }

  map_result map(mapped_bio& request) override {
    request.to = &below_;
    if (request.count != 0) request.first = request.first - begin() + start_;
    return map_result::remapped;
  }

  std::string describe(status_kind kind, bool) override {
    if (kind == status_kind::info) return {};
    return fmt::format("{} {}", to_string(below_.number()), start_);
  }

  bool any_device(const device_visitor& visit) override { return visit(below_, start_, length()); }
  bool has_devices() const override { return true; }

 private:
  device& below_;
  sector start_;
};

class zero_target : public target {
 public:
  explicit zero_target(const place& at) : target(at) { takes_discards_ = true; }

  map_result map(mapped_bio& request) override {
    if (request.op == io_op::discard) return map_result::killed;
    if (request.op == io_op::read) request.deliver_zeroes();
    end_bio(request);
    return map_result::submitted;
  }
};

class error_target : public target {
 public:
  using target::target;
  map_result map(mapped_bio&) override { return map_result::killed; }
};

class linear_target_type : public target_type {
 public:
  linear_target_type() : target_type("linear", {1, 4, 0}, {}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (arguments.size() != 2) return pdata::status(EINVAL);
    const std::string& text = arguments[1];
    sector start = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), start);
    if (problem != std::errc() || end != text.data() + text.size()) return pdata::status(EINVAL);
    const auto below = at.in.get_device(arguments[0], device_access::read_write);
    if (!below.ok()) return below.failure();
    return std::unique_ptr<target>(std::make_unique<linear_target>(at, **below, start));
  }
};

class zero_target_type : public target_type {
 public:
  zero_target_type() : target_type("zero", {1, 1, 0}, {}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (!arguments.empty()) return pdata::status(EINVAL);
    return std::unique_ptr<target>(std::make_unique<zero_target>(at));
  }
};

class error_target_type : public target_type {
 public:
  error_target_type() : target_type("error", {1, 5, 0}, {.wildcard = true}) {}
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string>) override {
    return std::unique_ptr<target>(std::make_unique<error_target>(at));
  }
};

}  // namespace

std::unique_ptr<target_type> linear_type() { return std::make_unique<linear_target_type>(); }
std::unique_ptr<target_type> zero_type() { return std::make_unique<zero_target_type>(); }
std::unique_ptr<target_type> error_type() { return std::make_unique<error_target_type>(); }

}  // namespace sim
