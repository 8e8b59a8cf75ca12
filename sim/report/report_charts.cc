#include "sim/report/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "sim/report/series_recorder.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

constexpr double second_ns = 1e9;
constexpr std::size_t lines_max = 6;

using field = std::uint64_t series_point::*;

std::vector<double> values_of(const replay_report& r, field of) {
  std::vector<double> values;
  for (const series_point& point : r.series) values.push_back(static_cast<double>(point.*of));
  return values;
}

std::vector<double> in_seconds(const std::vector<std::uint64_t>& times) {
  std::vector<double> seconds;
  for (const auto time : times) seconds.push_back(static_cast<double>(time) / second_ns);
  return seconds;
}

std::vector<double> times_of(const replay_report& r) {
  std::vector<double> times;
  for (const series_point& point : r.series)
    times.push_back(static_cast<double>(point.time_ns) / second_ns);
  return times;
}

// What counters grew by in fixed bins. A sample is taken before the first request at or
// after a multiple of the interval, so it is the state at that multiple.
class binner {
 public:
  explicit binner(const replay_report& r) : r_(r), edges_(bin_edges(r)) {
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < edges_.size(); ++i) {
      while (at < r.series.size() && r.series[at].time_ns < edges_[i]) ++at;
      at_edges_.push_back(i == 0 ? none : at);
    }
    at_edges_.push_back(r.series.empty() ? none : r.series.size() - 1);
  }

  std::vector<double> growth(field of, double factor = 1) const {
    std::vector<double> values;
    for (std::size_t i = 0; i + 1 < at_edges_.size(); ++i)
      values.push_back(factor *
                       static_cast<double>(at(i + 1, of) - std::min(at(i, of), at(i + 1, of))));
    return values;
  }

  chart bins(std::string title, std::string_view unit, std::vector<chart_line> lines,
             bool whole = true) const {
    const auto width = edges_.size() > 1 ? edges_[1] : 0;
    return {.title = std::move(title),
            .unit = fmt::format("{} in each {}", unit, time_text(width)),
            .lines = std::move(lines),
            .form = chart_form::bins,
            .whole = whole,
            .limit = {},
            .times = in_seconds(edges_)};
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;  // before the first sample: 0

  std::uint64_t at(std::size_t edge, field of) const {
    const auto sample = at_edges_[edge];
    if (sample == none) return 0;
    return r_.series[std::min(sample, r_.series.size() - 1)].*of;
  }

  const replay_report& r_;
  std::vector<std::uint64_t> edges_;
  std::vector<std::size_t> at_edges_;
};

chart over_time(const replay_report& r, std::string title, std::string unit,
                std::vector<chart_line> lines) {
  return {.title = std::move(title),
          .unit = std::move(unit),
          .lines = std::move(lines),
          .limit = {},
          .times = times_of(r)};
}

// The largest ones at the end, and the others together.
chart volumes_chart(const replay_report& r) {
  std::vector<std::size_t> order(r.volumes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto blocks = [](const series_point& point, std::size_t volume) {
    return volume < point.volume_blocks.size() ? point.volume_blocks[volume] : 0;
  };
  if (!r.series.empty())
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t volume) { return blocks(r.series.back(), volume); });
  const auto alone = order.size() <= lines_max ? order.size() : lines_max - 1;
  std::vector<chart_line> lines(alone + (order.size() > alone ? 1 : 0));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].label =
        i < alone ? r.volumes[order[i]] : fmt::format("{} others", order.size() - alone);
    const std::span part(order.begin() + static_cast<std::ptrdiff_t>(i),
                         i < alone ? 1 : order.size() - alone);
    for (const series_point& point : r.series) {
      double sum = 0;
      for (const auto volume : part) sum += static_cast<double>(blocks(point, volume));
      lines[i].values.push_back(sum);
    }
  }
  return over_time(r, "Growth of volumes", "blocks mapped by each", std::move(lines));
}

chart layout_chart(const replay_report& r) {
  chart drawn{.title = "Sequential layout",
              .unit = "% of neighbours in a volume that are neighbours on the data device",
              .lines = {{"sequential", {}}},
              .whole = false,
              .limit = {},
              .times = {}};
  for (const layout_point& p : r.layout_over_time) {
    if (p.adjacent_pairs == 0) continue;
    drawn.times.push_back(static_cast<double>(p.time_ns) / second_ns);
    drawn.lines[0].values.push_back(100 * static_cast<double>(p.sequential_pairs) /
                                    static_cast<double>(p.adjacent_pairs));
  }
  return drawn;
}

// Bytes to the data device by what wrote them.
chart writes_chart(const replay_report& r, const binner& bins) {
  constexpr double mib = 1 << 20;
  const double block = static_cast<double>(r.block_bytes()) / mib;
  auto zeroed = bins.growth(&series_point::zeroed_blocks, block);
  auto copied = bins.growth(&series_point::copied_blocks, block);
  auto requests = bins.growth(&series_point::data_written_bytes, 1 / mib);
  for (std::size_t i = 0; i < requests.size(); ++i)
    requests[i] = std::max(0.0, requests[i] - zeroed[i] - copied[i]);
  return bins.bins("Writes to the data device", "MiB",
                   {{"requests", std::move(requests)},
                    {"zeroing", std::move(zeroed)},
                    {"copying", std::move(copied)}},
                   false);
}

chart amplification_chart(const replay_report& r) {
  constexpr double metadata_block_bytes = 4096;
  const auto written = values_of(r, &series_point::written_bytes);
  const auto part = [&](field of, double factor) {
    auto values = values_of(r, of);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = written[i] > 0 ? factor * values[i] / written[i] : 0;
    return values;
  };
  const auto block = static_cast<double>(r.block_bytes());
  auto drawn = over_time(
      r, "Write amplification", "bytes for each byte that the trace wrote, so far",
      {{"data device", part(&series_point::data_written_bytes, 1)},
       {"of it zeroing", part(&series_point::zeroed_blocks, block)},
       {"of it copying", part(&series_point::copied_blocks, block)},
       {"metadata device", part(&series_point::metadata_blocks_written, metadata_block_bytes)}});
  drawn.whole = false;
  return drawn;
}

}  // namespace

double end_of(const replay_report& r) {
  const auto last = r.series.empty() ? 0 : r.series.back().time_ns;
  return static_cast<double>(std::max(last, r.duration_ns)) / second_ns;
}

std::vector<std::uint64_t> bin_edges(const replay_report& r) {
  constexpr std::uint64_t bins_max = 160;
  constexpr std::uint64_t shortest = 1'000'000'000;
  const auto end = r.series.empty() ? 0 : r.series.back().time_ns;
  auto width = series_recorder::first_interval_ns;
  while (width < shortest || end / width >= bins_max) width = series_recorder::longer(width);
  std::vector<std::uint64_t> edges{0};
  while (edges.back() < end || edges.size() < 2) edges.push_back(edges.back() + width);
  return edges;
}

std::vector<chart_mark> marks_of(const replay_report& r) {
  std::vector<chart_mark> marks;
  for (const timed_mark& mark : r.marks)
    marks.push_back({static_cast<double>(mark.time_ns) / second_ns, mark.kind});
  return marks;
}

std::vector<chart> charts_of(const replay_report& r) {
  const binner bins(r);
  auto data = over_time(r, "Data in use", fmt::format("blocks of {}", bytes_text(r.block_bytes())),
                        {{"in use", values_of(r, &series_point::data_blocks)}});
  data.limit = values_of(r, &series_point::data_total);
  auto metadata = over_time(r, "Metadata in use", "blocks of 4 KiB, without the kernel's reserve",
                            {{"in use", values_of(r, &series_point::metadata_blocks)}});
  const auto usable = r.metadata.total - std::min(r.metadata.total, r.metadata_reserve);
  metadata.limit.assign(r.series.size(), static_cast<double>(usable));
  std::vector<chart> all{
      data,
      metadata,
      volumes_chart(r),
      over_time(r, "Sharing", "blocks: what all devices map, and what that takes",
                {{"mapped by volumes and snapshots", values_of(r, &series_point::mapped_blocks)},
                 {"data blocks in use", values_of(r, &series_point::data_blocks)}}),
      layout_chart(r),
      bins.bins("Provisions and broken shares", "blocks",
                {{"provisions", bins.growth(&series_point::provisions)},
                 {"broken shares", bins.growth(&series_point::broken_shares)}}),
      bins.bins("Requests", "requests", {{"requests", bins.growth(&series_point::requests)}}),
      writes_chart(r, bins),
      amplification_chart(r),
      bins.bins("Commits", "commits", {{"commits", bins.growth(&series_point::commits)}}),
      bins.bins("Metadata blocks written", "blocks",
                {{"blocks", bins.growth(&series_point::metadata_blocks_written)}}),
  };
  // What was measured once is no line; the tables have it.
  std::erase_if(all, [](const chart& drawn) {
    return drawn.form == chart_form::lines && drawn.times.size() < 2;
  });
  return all;
}

}  // namespace sim::report
