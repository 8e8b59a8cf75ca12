#include "sim/replay/reproduction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/replay/device_filter.h"
#include "sim/replay/replayer.h"

namespace sim::replay {

namespace {

using requests = std::vector<trace::io_request>;

constexpr std::size_t requests_max = 4'000'000;       // kept in memory
constexpr std::uint64_t work_max = 4 * requests_max;  // requests replayed in the search
constexpr std::size_t recent = 1024;

// Some of the requests of a trace.
class selected_requests : public trace::trace_reader {
 public:
  selected_requests(const requests& chosen, const trace::trace_reader& from)
      : chosen_(chosen), from_(from) {}

  bool next(trace::io_request& request) override {
    if (next_ == chosen_.size()) return false;
    request = chosen_[next_++];
    return true;
  }
  const trace::trace_statistics& statistics() const override { return statistics_; }
  const trace::device_table& devices() const override { return from_.devices(); }
  std::string position_of(const trace::io_request& r) const override {
    return from_.position_of(r);
  }
  trace::trace_format format_of(std::uint32_t file) const override { return from_.format_of(file); }
  std::uint64_t consumed_bytes() const override { return 0; }
  std::optional<std::uint64_t> total_bytes() const override { return std::nullopt; }

 private:
  const requests& chosen_;
  const trace::trace_reader& from_;
  trace::trace_statistics statistics_;
  std::size_t next_ = 0;
};

class search {
 public:
  search(const replay_settings& settings, const trace_survey* survey,
         const trace::trace_reader& reader, const disagreement& wrong)
      : settings_(settings), survey_(survey), reader_(reader), about_data_(wrong.count != 0) {}

  // The disagreement of these requests alone, if they have one of the kind that is searched:
  // of data, or of anything else.
  std::optional<disagreement> try_out(const requests& chosen, action_log* log = nullptr) {
    work_ += chosen.size() + 1;
    selected_requests reader(chosen, reader_);
    replay_progress unseen;
    replayer again(settings_, plan_pool(settings_, survey_), unseen, log);
    (void)again.run(reader);
    if (log != nullptr) setup_ = again.setup_commands();
    const auto& stopped = again.stopped_by();
    return stopped && (stopped->count != 0) == about_data_ ? stopped : std::nullopt;
  }

  // Leaves out ever smaller parts, as long as what remains disagrees.
  void reduce(requests& chosen) {
    for (std::size_t part = (chosen.size() + 1) / 2; part != 0 && work_ < work_max;) {
      bool reduced = false;
      for (std::size_t at = 0; at < chosen.size() && work_ < work_max;) {
        requests fewer(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(at));
        const auto rest = std::min(at + part, chosen.size());
        fewer.insert(fewer.end(), chosen.begin() + static_cast<std::ptrdiff_t>(rest), chosen.end());
        if (fewer.empty() || !try_out(fewer)) {
          at += part;
          continue;
        }
        chosen = std::move(fewer);
        reduced = true;
      }
      if (!reduced || part > 1) part /= 2;
    }
  }

  const setup_lines& setup() const { return setup_; }

 private:
  const replay_settings& settings_;
  const trace_survey* survey_;
  const trace::trace_reader& reader_;
  bool about_data_;
  std::uint64_t work_ = 0;
  setup_lines setup_;
};

// From few to many: those that touch the place, the last ones, all.
std::vector<requests> candidates(const requests& all, const disagreement& wrong) {
  constexpr sector around = pdata::sector{1} << 11;
  std::vector<requests> tried;
  if (wrong.count != 0) {
    const sector first = wrong.first - std::min(wrong.first, around);
    const sector end = wrong.first + wrong.count + around;
    auto& near = tried.emplace_back();
    std::ranges::copy_if(all, std::back_inserter(near), [&](const trace::io_request& r) {
      return r.sector < end && r.sector + r.nr_sectors > first;
    });
  }
  if (all.size() > recent) tried.emplace_back(all.end() - recent, all.end());
  tried.push_back(all);
  return tried;
}

std::string scenario_text(const replay_settings& settings, const disagreement& wrong,
                          const disagreement& again, const setup_lines& setup,
                          const pool_plan& plan, const action_log& log) {
  std::string text = fmt::format("# Replaying {} stopped at request {}:\n#   {}\n",
                                 fmt::join(settings.traces, " "), wrong.request, wrong.text);
  text += fmt::format("# These requests are enough; their numbers are new:\n#   {}\n", again.text);
  text += "# Run it with";
  for (const auto& disk : plan.disks) text += fmt::format(" --device {}={}", disk.path, disk.spec);
  text += plan.has_metadata ? "\n# on a copy of the metadata, which will be changed.\n" : "\n";
  for (const auto& line : setup) text += line + "\n";
  for (const auto& line : log.lines()) text += line + "\n";
  return text;
}

}  // namespace

std::optional<std::string> find_reproduction(const replay_settings& settings,
                                             const trace_survey* survey,
                                             const disagreement& wrong) {
  if (!first_read_once(settings.traces).empty()) return std::nullopt;
  if (wrong.request > requests_max) return std::nullopt;
  const auto reader = open_replayed(settings);
  requests all;
  trace::io_request request;
  while (all.size() < wrong.request && reader->next(request)) all.push_back(request);
  search finder(settings, survey, *reader, wrong);
  for (auto& chosen : candidates(all, wrong)) {
    if (chosen.empty() || !finder.try_out(chosen)) continue;
    finder.reduce(chosen);
    action_log log;
    const auto again = finder.try_out(chosen, &log);
    if (!again) return std::nullopt;
    return scenario_text(settings, wrong, *again, finder.setup(), plan_pool(settings, survey), log);
  }
  return std::nullopt;
}

}  // namespace sim::replay
