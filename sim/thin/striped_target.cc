#include "sim/thin/striped_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "sim/dm/table.h"
#include "sim/thin/dialect.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

struct stripe {
  device* below;
  sector first;
  unsigned errors = 0;
};

struct stripe_layout {
  sector chunk;
  std::vector<stripe> stripes;
};

class striped_target : public target {
 public:
  striped_target(const place& at, stripe_layout layout)
      : target(at), chunk_(layout.chunk), stripes_(std::move(layout.stripes)) {
    takes_flushes_ = takes_discards_ = takes_write_zeroes_ = flush_bypasses_ = true;
    copies_ = static_cast<unsigned>(stripes_.size());
    max_io_length_ = chunk_;
  }

  map_result map(mapped_bio& request) override {
    if (request.preflush) {
      // Also of data that 7.2 sends along, which keep their place in the table: a fault of that
      // kernel.
      request.to = stripes_[request.copy].below;
      return map_result::remapped;
    }
    if (request.op == io_op::discard) return map_discard(request);
    const auto [n, at] = place_of(request.first - begin());
    request.to = stripes_[n].below;
    request.first = stripes_[n].first + at;
    return map_result::remapped;
  }

  // An event for each error. The kernel sends them from a work queue: newer ones may make one of
  // several.
  void ended(mapped_bio& request) override {
    constexpr unsigned told_errors = 15;  // DM_IO_ERROR_THRESHOLD
    if (request.status == 0 || request.status == EOPNOTSUPP) return;
    for (auto& s : stripes_)
      if (s.below == request.to && ++s.errors < told_errors) in().event();
  }

  std::string describe(status_kind kind, flush_mode) override {
    std::string text = std::to_string(stripes_.size());
    if (kind == status_kind::table) {
      text += fmt::format(" {}", chunk_);
      for (const auto& s : stripes_)
        text += fmt::format(" {} {}", to_string(s.below->number()), s.first);
      return text;
    }
    for (const auto& s : stripes_) text += " " + to_string(s.below->number());
    text += " 1 ";
    for (const auto& s : stripes_) text += s.errors == 0 ? 'A' : 'D';
    return text;
  }

  bool any_device(const device_visitor& visit) override {
    const sector width = length() / stripes_.size();
    return std::ranges::any_of(stripes_,
                               [&](const stripe& s) { return visit(*s.below, s.first, width); });
  }

  void io_hints(queue_limits& limits) override {
    limits.io_min = chunk_;
    limits.io_opt = chunk_ * stripes_.size();
    if (!in().rules().has(kernel_rule::limits_are_validated))
      limits.io_min = std::max({limits.io_min, limits.logical_block, limits.physical_block});
    if (!in().rules().has(kernel_rule::striped_discards_of_all_stripes) ||
        limits.max_hw_discard_sectors < chunk_)
      return;
    constexpr sector longest_bio = UINT32_MAX / pdata::sector_bytes;
    const sector all = limits.max_hw_discard_sectors * stripes_.size();
    limits.max_hw_discard_sectors =
        all > UINT32_MAX ? longest_bio : all - all % (chunk_ * stripes_.size());
  }

 private:
  struct stripe_place {
    std::size_t stripe;
    sector at;
  };

  stripe_place place_of(sector offset) const {
    const sector chunk = offset / chunk_;
    return {pdata::to_size(chunk % stripes_.size()),
            chunk / stripes_.size() * chunk_ + offset % chunk_};
  }

  // Where the part of the stripe begins that lies at or behind an offset of the target.
  sector begin_in(std::size_t wanted, sector offset) const {
    const auto [n, at] = place_of(offset);
    if (n == wanted) return at;
    return at - at % chunk_ + (wanted < n ? chunk_ : sector(0));
  }

  map_result map_discard(mapped_bio& request) {
    const auto first = begin_in(request.copy, request.first - begin());
    const auto end = begin_in(request.copy, request.end() - begin());
    const auto& s = stripes_[request.copy];
    if (first >= end) {
      end_bio(request);
      return map_result::submitted;
    }
    request.to = s.below;
    request.first = s.first + first;
    request.count = end - first;
    return map_result::remapped;
  }

  sector chunk_;
  std::vector<stripe> stripes_;
};

class striped_target_type : public target_type {
 public:
  striped_target_type() : target_type("striped", {}) {}

  // Stripes, sectors of a chunk, and for each stripe a device and a sector.
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    if (arguments.size() < 2) return status(EINVAL);
    const auto count = parse_number(arguments[0]);
    const auto chunk = parse_number(arguments[1]);
    if (!count || !chunk || arguments.size() != 2 + 2 * *count) return status(EINVAL);
    if (at.length % *count != 0 || at.length / *count % *chunk != 0) return status(EINVAL);
    stripe_layout layout{*chunk, {}};
    for (auto rest = arguments.subspan(2); !rest.empty(); rest = rest.subspan(2)) {
      const auto first = parse_first_sector(rest[1]);
      if (!first) return status(EINVAL);
      const auto below = at.in.get_device(rest[0], device_access::read_write);
      if (!below.ok()) return below.failure();
      layout.stripes.push_back({*below, *first});
    }
    return std::unique_ptr<target>(std::make_unique<striped_target>(at, std::move(layout)));
  }

 private:
  // Not 0, and of 32 bits.
  static std::optional<std::uint64_t> parse_number(const std::string& text) {
    const auto number = parse_kernel_number(text);
    if (!number || *number == 0 || *number > UINT32_MAX) return std::nullopt;
    return number;
  }
};

}  // namespace

std::unique_ptr<target_type> striped_type() { return std::make_unique<striped_target_type>(); }

}  // namespace sim
