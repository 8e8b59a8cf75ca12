#include "sim/replay/device_filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "persistent-data/base/error.h"

namespace sim::replay {

namespace {

class filtered_reader final : public trace::trace_reader {
 public:
  filtered_reader(std::unique_ptr<trace::trace_reader> from, const std::set<std::string>& only)
      : from_(std::move(from)), only_(only) {}

  bool next(trace::io_request& request) override {
    while (from_->next(request)) {
      const auto& name = from_->devices().name(request.device);
      if (!only_.contains(name)) continue;
      request.device = *devices_.find_or_add(name);
      return true;
    }
    refuse_absent();
    return false;
  }

  const trace::trace_statistics& statistics() const override { return from_->statistics(); }
  const trace::device_table& devices() const override { return devices_; }
  std::string position_of(const trace::io_request& request) const override {
    return from_->position_of(request);
  }
  trace::trace_format format_of(std::uint32_t file) const override {
    return from_->format_of(file);
  }
  trace::trace_description describe() const override { return from_->describe(); }
  std::uint64_t consumed_bytes() const override { return from_->consumed_bytes(); }
  std::optional<std::uint64_t> total_bytes() const override { return from_->total_bytes(); }

 private:
  void refuse_absent() const {
    std::vector<std::string> there;
    for (std::uint32_t i = 0; i < from_->devices().size(); ++i)
      there.push_back(from_->devices().name(i));
    for (const auto& name : only_)
      if (std::ranges::find(there, name) == there.end())
        throw pdata::error(
            fmt::format("the trace has no device '{}': it has {}", name,
                        there.empty() ? "none" : fmt::format("{}", fmt::join(there, ", "))));
  }

  std::unique_ptr<trace::trace_reader> from_;
  const std::set<std::string>& only_;
  trace::device_table devices_;
};

}  // namespace

std::unique_ptr<trace::trace_reader> open_replayed(const replay_settings& settings) {
  auto reader = trace::open_traces(settings.traces, settings.trace);
  if (settings.only.empty()) return reader;
  return std::make_unique<filtered_reader>(std::move(reader), settings.only);
}

}  // namespace sim::replay
