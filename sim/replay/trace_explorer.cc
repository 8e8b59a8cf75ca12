#include "sim/replay/trace_explorer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

#include "persistent-data/base/error.h"
#include "sim/explore/crash_examiner.h"
#include "sim/explore/scenario_explorer.h"
#include "sim/replay/device_filter.h"
#include "sim/replay/replayer.h"
#include "sim/report/verdict.h"
#include "thin-tools/page/human_numbers.h"

namespace sim::replay {

namespace {

using explore::invariant;
using explore::moment;
using explore::nr_moment_kinds;

// Lines of a scenario that are searched for fewer.
constexpr std::size_t longest_scenario = 500'000;
constexpr std::uint64_t progress_step = 1024;  // requests

// A trace that ends where somebody says so. After its last request a second passes, in which
// the pool commits what is left open.
class watched_requests : public trace::trace_reader {
 public:
  watched_requests(trace::trace_reader& from, std::function<void(bool has_more)> between)
      : from_(from), between_(std::move(between)) {}

  bool next(trace::io_request& request) override {
    const bool has_more = !is_over_ && from_.next(request);
    if (has_more) last_ = request;
    if (!is_over_) between_(has_more);
    return has_more && !is_over_;
  }
  void stop() { is_over_ = true; }
  std::string position() const { return from_.position_of(last_); }

  const trace::trace_statistics& statistics() const override { return from_.statistics(); }
  const trace::device_table& devices() const override { return from_.devices(); }
  std::string position_of(const trace::io_request& r) const override {
    return from_.position_of(r);
  }
  trace::trace_format format_of(std::uint32_t file) const override { return from_.format_of(file); }
  trace::trace_description describe() const override { return from_.describe(); }
  std::uint64_t consumed_bytes() const override { return from_.consumed_bytes(); }
  std::optional<std::uint64_t> total_bytes() const override { return from_.total_bytes(); }

 private:
  trace::trace_reader& from_;
  std::function<void(bool)> between_;
  trace::io_request last_;
  bool is_over_ = false;
};

// One replay of the trace. What happens is the same each time.
class watched_replay {
 public:
  using moment_call = std::function<void(const moment&)>;
  using request_call = std::function<void(std::uint64_t requests)>;

  watched_replay(const replay_settings& settings, const trace_survey* survey, action_log* log)
      : log_(log),
        from_(open_replayed(settings)),
        reader_(*from_, [this](bool has_more) { between_requests(has_more); }),
        replaying_(settings, plan_pool(settings, survey), unseen_, log) {}

  report::replay_report run(const moment_call& at_moment, const request_call& at_request) {
    at_request_ = at_request;
    replaying_.bed().watch().on_event([&](const moment& now) {
      ++number_;
      at_moment(now);
    });
    return replaying_.run(reader_);
  }
  // The trace ends here, and nothing more is seen.
  void stop() {
    reader_.stop();
    is_over_ = true;
  }

  bool is_over() const { return is_over_; }
  testbed& bed() { return replaying_.bed(); }
  std::uint64_t moments() const { return number_; }
  std::uint64_t requests() const { return replaying_.nr_requests(); }
  const std::optional<disagreement>& stopped_by() const { return replaying_.stopped_by(); }
  setup_lines setup_commands() const { return replaying_.setup_commands(); }
  std::string step() const {
    if (at_end_) return fmt::format("the second after request {}", requests());
    return fmt::format("request {} ({})", requests(), reader_.position());
  }

 private:
  void between_requests(bool has_more) {
    if (requests() % progress_step == 0) at_request_(requests());
    if (has_more) return;
    at_end_ = true;
    if (log_ != nullptr) log_->pass(one_second);
    bed().advance_to(bed().now() + one_second);
    stop();
  }

  action_log* log_;
  std::unique_ptr<trace::trace_reader> from_;
  watched_requests reader_;
  replay_progress unseen_;
  replayer replaying_;
  request_call at_request_;
  std::uint64_t number_ = 0;
  bool at_end_ = false;
  bool is_over_ = false;
};

class trace_explorer {
 public:
  trace_explorer(const trace_exploration& asked, const std::function<void(std::string)>& progress)
      : asked_(asked), settings_(asked.replay), progress_(progress) {
    settings_.watched = crash_watching{asked.torn_sectors};
    if (const auto once = first_read_once(settings_.traces); !once.empty())
      throw thin_tools::usage_error(fmt::format(
          "{} can be read only once; a trace is read twice, to choose among its moments", once));
    if (needs_survey(settings_.pool)) survey_ = survey_trace(*open_replayed(settings_));
  }

  explore::explored run() {
    part_.of = explore::explored_kind::trace;
    part_.source = fmt::format("{}", fmt::join(settings_.traces, " "));
    count();
    examine();
    for (auto& [which, found] : found_) add_example(which, found);
    return std::move(part_);
  }

 private:
  struct found_violation {
    explore::violation what;
    std::uint64_t moment = 0;  // of the trace, from 1; 0: none
    std::string event;
    std::string state;
    std::string step;
  };

  const trace_survey* survey() const { return survey_ ? &*survey_ : nullptr; }

  void count() {
    seen_.assign(nr_moment_kinds, 0);
    watched_replay counting(settings_, survey(), nullptr);
    const auto report = counting.run(
        [&](const moment& now) {
          if (!counting.is_over()) ++seen_[static_cast<std::size_t>(now.kind)];
        },
        [&](std::uint64_t requests) {
          progress_(fmt::format("counting moments: {} requests; how long it takes is not known yet",
                                thin_tools::page::with_separators(requests)));
        });
    if (counting.requests() == 0)
      throw pdata::error(fmt::format("nothing of {} can be replayed", part_.source));
    part_.depth = counting.requests();
    part_.remarks = report::judge(report).failures();
    part_.counts.histories = 1;
    chosen_ = choose_moments(seen_, asked_.max_moments, asked_.crashes.seed);
  }

  void examine() {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < nr_moment_kinds; ++i) {
      all += chosen_[i].size();
      if (seen_[i] != 0)
        part_.moments.push_back({std::string(name_of(static_cast<explore::moment_kind>(i))),
                                 seen_[i], chosen_[i].size(), 0});
    }
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::uint64_t> passed(nr_moment_kinds);
    std::vector<std::size_t> next(nr_moment_kinds);
    explore::survivor_cache cache;
    watched_replay replaying(settings_, survey(), nullptr);
    explore::crash_examiner examiner(replaying.bed().watch(), cache, asked_.crashes);
    const auto at_moment = [&](const moment& now) {
      if (replaying.is_over()) return;
      const auto kind = static_cast<std::size_t>(now.kind);
      const auto number = passed[kind]++;
      if (next[kind] == chosen_[kind].size() || chosen_[kind][next[kind]] != number) return;
      ++next[kind];
      examiner.examine(replaying.bed().geometry(), [&](explore::violation v, std::string state) {
        ++part_.counts.violations[v.broken];
        const auto which = v.broken;
        found_.try_emplace(which, found_violation{std::move(v), replaying.moments(), to_string(now),
                                                  std::move(state), replaying.step()});
        if (!asked_.keeps_going && asked_.expected.contains(which)) replaying.stop();
      });
      show(start, std::accumulate(next.begin(), next.end(), std::uint64_t{0}), all,
           examiner.counts().states);
    };
    replaying.run(at_moment, [](std::uint64_t) {});
    part_.counts.crashes = examiner.counts();
    part_.is_complete =
        examiner.counts().points == std::accumulate(seen_.begin(), seen_.end(), std::uint64_t{0});
    std::size_t row = 0;
    for (std::size_t i = 0; i < nr_moment_kinds; ++i)
      if (seen_[i] != 0) part_.moments[row++].examined = next[i];
    note_disagreement(replaying);
  }

  void show(std::chrono::steady_clock::time_point start, std::uint64_t examined, std::uint64_t all,
            std::uint64_t states) const {
    const std::chrono::duration<double> past = std::chrono::steady_clock::now() - start;
    const double left = past.count() * static_cast<double>(all - examined) /
                        static_cast<double>(std::max<std::uint64_t>(examined, 1));
    progress_(fmt::format(
        "{} of {} moments examined, about {} left if the others take as long; {} crash states",
        examined, all, thin_tools::page::time_text(static_cast<std::uint64_t>(left) * one_second),
        states));
  }

  // A read that shows other data than was written.
  void note_disagreement(const watched_replay& of) {
    const auto& wrong = of.stopped_by();
    if (!wrong) return;
    if (wrong->count == 0) throw pdata::error(wrong->text);
    const auto which = invariant::reads_without_crash;
    ++part_.counts.violations[which];
    found_.try_emplace(
        which,
        found_violation{
            {which, wrong->text}, 0, "a read", "", fmt::format("request {}", wrong->request)});
  }

  void add_example(invariant which, const found_violation& found) {
    auto step = found.step;
    if (asked_.expected.contains(which) && found.moment != 0) {
      const auto shrunk = scenario_until(which, found.moment);
      if (shrunk) {
        part_.scenarios[which] =
            fmt::format("# Breaks {}: {}\n# Disks: thin_sim run{}\n{}", name_of(which),
                        found.what.detail, disk_words_, shrunk->text);
        step += fmt::format("; {} commands are needed", shrunk->commands);
      } else {
        step += "; no scenario was found that shows it";
      }
    }
    part_.examples.emplace(
        which, explore::counterexample{
                   found.what, {}, found.moment, found.event, found.state, std::move(step)});
  }

  // The commands of the trace until then, as few as still break it.
  std::optional<explore::shrunk_scenario> scenario_until(invariant which, std::uint64_t last) {
    progress_("looking for a short scenario; how long it takes is not known");
    action_log log;
    std::vector<std::string> lines;
    watched_replay again(settings_, survey(), &log);
    again.run(
        [&](const moment&) {
          if (again.is_over() || again.moments() != last) return;
          lines = log.lines_until_now();
          again.stop();
        },
        [](std::uint64_t) {});
    if (lines.empty() || lines.size() > longest_scenario) return std::nullopt;
    std::string text;
    for (const auto& line : again.setup_commands()) text += line + "\n";
    for (const auto& line : lines) text += line + "\n";
    explore::scenario_settings scenario;
    scenario.file = part_.source;
    disk_words_.clear();
    for (const auto& disk : plan_pool(settings_, survey()).disks) {
      scenario.disks.emplace_back(disk.path, disk.spec);
      disk_words_ += fmt::format(" --device {}={}", disk.path, disk.spec);
    }
    scenario.speaks = settings_.pool.speaks;
    scenario.kernel = settings_.pool.kernel;
    scenario.no_space_timeout = settings_.pool.no_space_timeout;
    scenario.torn_sectors = asked_.torn_sectors;
    scenario.crashes = asked_.crashes;
    scenario.expected = asked_.expected;
    return shrink_scenario(scenario, text, which);
  }

  const trace_exploration& asked_;
  replay_settings settings_;
  const std::function<void(std::string)>& progress_;
  std::optional<trace_survey> survey_;
  std::vector<std::uint64_t> seen_;  // moments, by kind
  std::vector<std::vector<std::uint64_t>> chosen_;
  std::map<invariant, found_violation> found_;
  std::string disk_words_;
  explore::explored part_;
};

}  // namespace

std::vector<std::vector<std::uint64_t>> choose_moments(const std::vector<std::uint64_t>& seen,
                                                       std::uint64_t most, std::uint64_t seed) {
  std::vector<std::size_t> by_number(seen.size());
  std::iota(by_number.begin(), by_number.end(), std::size_t{0});
  std::ranges::stable_sort(by_number, {}, [&](std::size_t i) { return seen[i]; });
  std::vector<std::vector<std::uint64_t>> chosen(seen.size());
  std::mt19937_64 random(seed);
  for (std::size_t rank = 0; rank < by_number.size(); ++rank) {
    const auto kind = by_number[rank];
    const auto n = seen[kind];
    const auto take = std::min(n, most / (by_number.size() - rank));
    most -= take;
    for (std::uint64_t i = 0; i < take; ++i) {
      // n * at / take, without the long product.
      const auto part = [&](std::uint64_t at) { return n / take * at + n % take * at / take; };
      const auto begin = part(i);
      chosen[kind].push_back(begin + random() % (part(i + 1) - begin));
    }
  }
  return chosen;
}

explore::explored explore_trace(const trace_exploration& asked,
                                const std::function<void(std::string)>& progress) {
  return trace_explorer(asked, progress).run();
}

}  // namespace sim::replay
