#include "sim/commands/explore_command.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/parallel.h"
#include "sim/explore/explore_report.h"
#include "sim/explore/scenario_explorer.h"
#include "sim/explore/scenario_writer.h"
#include "sim/explore/search_file.h"
#include "sim/explore/search_progress.h"
#include "sim/replay/replay_options.h"
#include "sim/replay/trace_explorer.h"
#include "sim/run/machine_options.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/gate/gate.h"

namespace sim {

namespace {

using namespace explore;
using thin_tools::argument;
using thin_tools::command_line;
using thin_tools::invalid_value;

constexpr thin_tools::option_row own_rows[] = {
    thin_tools::heading("What is explored"),
    {0, "depth", argument::required, "N", "longest histories, in operations (default 4)"},
    {0, "pool", argument::required, "LIST", "pools: tiny, wide, tight (default all)", false,
     ",tiny wide tight"},
    {0, "operations", argument::required, "LIST", "the alphabet (default: each pool's own)"},
    {0, "features", argument::required, "LIST", "of the pool's table, as skip_block_zeroing"},
    dialect_row,
    kernel_row,
    no_space_timeout_row,
    {0, "scenario", argument::required, "FILE", "explore the crashes of this scenario alone"},
    {0, "device", argument::required, "PATH=SPEC", "a disk of the scenario, mem:SIZE"},
    set_row,
    {0, "trace", argument::required, "FILE",
     "replay this trace and explore its crashes; repeatable"},
    thin_tools::heading("Crashes"),
    {0, "max-states", argument::required, "N", "metadata states at one moment (default 256)"},
    {0, "max-moments", argument::required, "N", "moments of a trace examined (default 2000)"},
    {0, "sector", argument::required, "512|4096", "what a disk writes whole (default 512)"},
    {0, "seed", argument::required, "N", "for states chosen at random (default 1)"},
    thin_tools::heading("What must hold"),
    {0, "expect", argument::required, "LIST", "what must hold (default all but no-leaks)"},
    {0, "keep-going", argument::none, "", "after the first violation"},
    thin_tools::heading("The search"),
    {0, "no-merge", argument::none, "", "go on from equal states more than once"},
    {0, "jobs", argument::required, "N", "threads (default: one for each processor)"},
    {0, "shard", argument::required, "I/N", "only this part of the histories"},
    {0, "save", argument::required, "FILE", "keep the search in FILE, and go on with it"},
    thin_tools::heading("Reports"),
    {0, "scenarios", argument::required, "PREFIX", "write PREFIX-INVARIANT for each violation"},
    {0, "json", argument::required, "FILE", "write the report as JSON"},
    {0, "junit", argument::required, "FILE", "write the report as JUnit XML"},
    {'q', "quiet", argument::none, "", "print no report"},
};

std::span<const thin_tools::option_row> all_rows() {
  static const auto rows = [] {
    std::vector<thin_tools::option_row> all(std::begin(own_rows), std::end(own_rows));
    all.push_back(thin_tools::heading("A trace, as for replay"));
    std::ranges::copy(replay::trace_option_rows(), std::back_inserter(all));
    return all;
  }();
  return rows;
}

const thin_tools::command_syntax syntax{
    .name = "thin_sim explore",
    .summary = "try every crash of every small history of a pool",
    .operands = "",
    .options = all_rows(),
};

constexpr std::uint64_t deepest = 12;
constexpr std::uint64_t most_states = 1 << 20;
constexpr std::uint64_t most_jobs = 1024;

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

std::vector<pool_shape> shapes_of(const command_line& line) {
  std::vector<pool_shape> shapes;
  for (const auto& name : parts_of(line.value("pool").value_or("tiny,wide,tight"), ',')) {
    const auto shape = shape_named(name);
    if (!shape) throw invalid_value("pool", name, "expected one of " + std::string(shape_names));
    shapes.push_back(*shape);
  }
  const auto chosen = line.value("operations");
  if (!chosen) return shapes;
  std::vector<verb> verbs;
  for (const auto& name : parts_of(*chosen, ',')) {
    const auto rows = verb_rows();
    const auto row = std::ranges::find(rows, name, &verb_row::name);
    if (row == rows.end()) {
      std::string names;
      for (const auto& r : rows) names += (names.empty() ? "" : ", ") + std::string(r.name);
      throw invalid_value("operations", name, "there are " + names);
    }
    verbs.push_back(row->what);
  }
  for (auto& shape : shapes) shape.verbs = verbs;
  return shapes;
}

std::set<invariant> expected_of(const command_line& line) {
  std::set<invariant> expected;
  const auto list = line.value("expect");
  if (!list) {
    for (std::size_t i = 0; i < nr_invariants; ++i) expected.insert(static_cast<invariant>(i));
    expected.erase(invariant::no_leaks);
    return expected;
  }
  for (const auto& name : parts_of(*list, ',')) {
    const auto which = invariant_named(name);
    if (!which) throw invalid_value("expect", name, "there are " + invariant_names());
    expected.insert(*which);
  }
  return expected;
}

// The table line's features with their number before them.
std::string features_of(const command_line& line) {
  const auto list = line.value("features");
  if (!list || list->empty()) return "";
  const auto words = parts_of(*list, ',');
  std::string text = std::to_string(words.size());
  for (const auto& word : words) text += " " + word;
  return text;
}

// Without any there would be nothing to examine.
std::uint64_t positive(const command_line& line, const char* option, std::uint64_t otherwise,
                       std::uint64_t most = UINT64_MAX) {
  const auto number = line.number(option, most).value_or(otherwise);
  if (number == 0) throw invalid_value(option, *line.value(option), "it is too small");
  return number;
}

void choose_shard(const command_line& line, search_settings& settings) {
  const auto text = line.value("shard");
  if (!text) return;
  const auto parts = parts_of(*text, '/');
  const auto number = [&](std::size_t i) {
    return i < parts.size() ? thin_tools::parse_number(parts[i], UINT32_MAX) : std::nullopt;
  };
  const auto part = number(0);
  const auto of = number(1);
  if (parts.size() != 2 || !part || !of || *part == 0 || *part > *of)
    throw invalid_value("shard", *text, "expected I/N with I from 1 to N");
  settings.shard = static_cast<unsigned>(*part);
  settings.nr_shards = static_cast<unsigned>(*of);
}

search_settings settings_of(const command_line& line) {
  search_settings settings;
  settings.pool.speaks = dialect_of(line);
  settings.pool.kernel = kernel_of(line);
  if (settings.pool.kernel != kernel_version::linux_6_1 &&
      settings.pool.speaks.speaks != dialect::linux)
    throw thin_tools::usage_error("--kernel is about dialects of Linux");
  settings.pool.features = features_of(line);
  const auto bytes = line.number("sector").value_or(sector_bytes);
  if (bytes != sector_bytes && bytes != pdata::block_size)
    throw invalid_value("sector", *line.value("sector"), "expected 512 or 4096");
  settings.pool.torn_sectors = bytes / sector_bytes;
  settings.depth = static_cast<unsigned>(line.number("depth", deepest).value_or(settings.depth));
  settings.crashes.max_states =
      pdata::to_size(positive(line, "max-states", settings.crashes.max_states, most_states));
  settings.crashes.seed = line.number("seed").value_or(settings.crashes.seed);
  settings.merges_states = !line.has("no-merge");
  settings.keeps_going = line.has("keep-going");
  settings.jobs = static_cast<unsigned>(positive(line, "jobs", pdata::nr_processors(), most_jobs));
  settings.expected = expected_of(line);
  choose_shard(line, settings);
  return settings;
}

// What the terminal's line says while another thread works.
class status_text {
 public:
  void set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
  }
  std::string get() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

// The searches of all pools: depth by depth, so that the shortest violation comes
// first.
class all_searches {
 public:
  all_searches(const search_settings& common, const std::vector<pool_shape>& shapes)
      : keeps_going_(common.keeps_going), states_(shapes.size()) {
    for (const auto& shape : shapes) {
      auto settings = common;
      settings.pool.shape = shape;
      settings.alphabet = alphabet_of(shape);
      estimates_.emplace_back(shape.name, settings.depth);
      searches_.emplace_back(std::move(settings));
    }
  }

  using progress_call = std::function<void(const std::string&)>;
  void run(const progress_call& progress);

  std::size_t size() const { return searches_.size(); }
  const search& at(std::size_t i) const { return searches_[i]; }
  const search_state& state(std::size_t i) const { return states_[i]; }
  std::span<search_state> states() { return states_; }

 private:
  bool broke(std::size_t i) const {
    const auto& expected = searches_[i].settings().expected;
    return std::ranges::any_of(states_[i].examples,
                               [&](const auto& e) { return expected.contains(e.first); });
  }

  std::string progress_text() const {
    std::uint64_t crash_states = 0;
    for (const auto& state : states_) crash_states += state.counts.crashes.states;
    return progress_of(estimates_, crash_states);
  }
  static double clock() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  bool keeps_going_;
  std::deque<search> searches_;
  std::vector<search_state> states_;
  std::vector<search_estimate> estimates_;
};

void all_searches::run(const progress_call& progress) {
  for (unsigned depth = 1;; ++depth) {
    bool any = false;
    for (std::size_t i = 0; i < searches_.size(); ++i) {
      auto& state = states_[i];
      if (!keeps_going_ && broke(i)) return;
      if (state.is_over || state.depth > depth) {
        any |= !state.is_over;
        continue;
      }
      any = true;
      estimates_[i].begin(state, clock());
      searches_[i].run(state, [&](const search_state& now) {
        estimates_[i].update(now, clock());
        progress(progress_text());
        return now.depth <= depth;
      });
    }
    if (!any) return;
  }
}

explored part_of(const search& by, const search_state& state) {
  const auto& settings = by.settings();
  explored part;
  part.source = settings.pool.shape.name;
  for (const auto what : settings.pool.shape.verbs)
    part.alphabet += (part.alphabet.empty() ? "" : ",") + std::string(row_of(what).name);
  part.depth = std::min(state.depth, settings.depth);
  part.is_complete = state.is_over && state.depth > settings.depth;
  part.counts = state.counts;
  part.examples = state.examples;
  for (const auto& [which, example] : state.examples)
    part.scenarios[which] = scenario_of(settings.pool, example);
  return part;
}

void write_scenarios(const explore_report& report, const std::string& prefix) {
  std::set<invariant> written;
  for (const auto& part : report.parts)
    for (const auto& [which, text] : part.scenarios)
      if (report.expected.contains(which) && written.insert(which).second)
        thin_tools::write_output_file("scenario", fmt::format("{}-{}", prefix, name_of(which)),
                                      text);
}

// The dialect, and a kernel that is not its own.
std::string kernel_text(const pool_setup& pool) {
  const auto text = to_string(pool.speaks);
  if (pool.kernel == kernel_version::linux_6_1) return text;
  return fmt::format("{}, kernel {}", text, to_string(pool.kernel));
}

// What --save has to agree in. The threads do not matter.
std::string description_of(const search_settings& common, const all_searches& searches) {
  std::string text =
      fmt::format("{} depth {} features '{}' sector {} states {} seed {} {}{} shard {}/{}",
                  kernel_text(common.pool), common.depth, common.pool.features,
                  common.pool.torn_sectors * sector_bytes, common.crashes.max_states,
                  common.crashes.seed, common.merges_states ? "merged" : "unmerged",
                  common.keeps_going ? " to the end" : "", common.shard, common.nr_shards);
  for (const auto which : common.expected) text += fmt::format(" {}", name_of(which));
  for (std::size_t i = 0; i < searches.size(); ++i) {
    const auto& shape = searches.at(i).settings().pool.shape;
    text += fmt::format("; {}:", shape.name);
    for (const auto what : shape.verbs) text += fmt::format(" {}", row_of(what).name);
  }
  return text;
}

// Says when a search is to be saved: at first, and then when what would be lost takes longer
// than this, or than saving many times over.
class save_clock {
 public:
  bool is_due() const { return clock::now() >= next_; }
  template <class Save>
  void time(Save save) {
    constexpr std::chrono::seconds at_least{2};
    constexpr int times = 20;
    const auto start = clock::now();
    save();
    const auto end = clock::now();
    next_ = end + std::max<clock::duration>(at_least, times * (end - start));
  }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point next_ = clock::time_point::min();
};

void search_all(const command_line& line, const search_settings& common, all_searches& searches) {
  const auto file = line.value("save");
  const auto description = description_of(common, searches);
  if (file) load_searches(*file, description, searches.states());
  const auto save = [&] {
    if (file) save_searches(*file, description, searches.states());
  };
  status_text now;
  const thin_tools::progress_line shown([&] { return now.get(); });
  save_clock saves;
  searches.run([&](const std::string& text) {
    now.set(text);
    if (saves.is_due()) saves.time(save);
  });
  save();
}

using option_names = std::initializer_list<const char*>;

void refuse(const command_line& line, option_names names, std::string_view why) {
  for (const char* name : names)
    if (line.has(name)) throw thin_tools::usage_error(fmt::format("--{} {}", name, why));
}

void refuse_trace_options(const command_line& line) {
  for (const auto& row : replay::trace_option_rows())
    if (line.has(row.name))
      throw thin_tools::usage_error(
          fmt::format("--{} is about a trace: --trace is missing", row.name));
  refuse(line, {"max-moments"}, "is about a trace: --trace is missing");
}

explored explore_file(const command_line& line, const search_settings& common,
                      const std::string& file) {
  refuse(line, {"depth", "pool", "operations", "save", "shard", "features", "no-merge"},
         "is about histories, not a scenario");
  return explore_scenario({.file = file,
                           .set = variables_of(line),
                           .disks = disks_of(line),
                           .speaks = common.pool.speaks,
                           .kernel = common.pool.kernel,
                           .no_space_timeout = no_space_timeout_of(line).value_or(60 * one_second),
                           .torn_sectors = common.pool.torn_sectors,
                           .crashes = common.crashes,
                           .expected = common.expected,
                           .keeps_going = common.keeps_going});
}

explored explore_traces(const command_line& line, const search_settings& common) {
  refuse(line, {"depth", "pool", "operations", "save", "shard", "no-merge", "jobs"},
         "is about histories, not a trace");
  refuse(line, {"scenario", "device", "set"}, "is about a scenario, not a trace");
  replay::trace_exploration asked{
      .replay = replay::parse_trace_settings(line, line.values("trace")),
      .torn_sectors = common.pool.torn_sectors,
      .crashes = common.crashes,
      .expected = common.expected,
      .keeps_going = common.keeps_going};
  asked.replay.pool.speaks = common.pool.speaks;
  asked.max_moments = positive(line, "max-moments", asked.max_moments);
  status_text now;
  const thin_tools::progress_line shown([&] { return now.get(); });
  return replay::explore_trace(asked, [&](std::string text) { now.set(std::move(text)); });
}

// Each state is checked with buffers of some hundred KiB; memory that goes back to
// the system each time costs more than the check.
void keep_freed_memory() {
  constexpr int most = 256 << 20;
  ::mallopt(M_MMAP_THRESHOLD, most / 8);
  ::mallopt(M_TRIM_THRESHOLD, most);
}

constexpr std::array report_roles{std::pair{"json", "JSON report"},
                                  std::pair{"junit", "JUnit report"}};

// All files are compared before the search, which may take hours.
std::vector<thin_tools::pass> admit_files(const command_line& line) {
  std::vector<thin_tools::pass> held;
  if (const auto path = line.value("scenario"))
    held.push_back(thin_tools::admit_reading("text", *path));
  for (const auto& path : line.values("trace"))
    held.push_back(thin_tools::admit_reading("trace", path));
  if (const auto path = line.value("save"))
    held.push_back(admit_search(*path, thin_tools::use::replace));
  for (const auto& [option, role] : report_roles)
    if (const auto path = line.value(option))
      held.push_back(thin_tools::admit({role, *path, thin_tools::use::replace}));
  return held;
}

int run(const command_line& line) {
  line.expect_no_operands();
  const auto held = admit_files(line);
  keep_freed_memory();
  const auto common = settings_of(line);
  explore_report report{.dialect = kernel_text(common.pool),
                        .torn_sectors = common.pool.torn_sectors,
                        .max_states = common.crashes.max_states,
                        .expected = common.expected,
                        .parts = {}};
  if (line.has("trace")) {
    report.parts.push_back(explore_traces(line, common));
  } else if (const auto file = line.value("scenario")) {
    refuse_trace_options(line);
    report.parts.push_back(explore_file(line, common, *file));
  } else {
    refuse_trace_options(line);
    all_searches searches(common, shapes_of(line));
    search_all(line, common, searches);
    for (std::size_t i = 0; i < searches.size(); ++i)
      report.parts.push_back(part_of(searches.at(i), searches.state(i)));
  }
  if (const auto path = line.value("json"))
    thin_tools::write_output_file(report_roles[0].second, *path, to_json(report));
  if (const auto path = line.value("junit"))
    thin_tools::write_output_file(report_roles[1].second, *path, to_junit(report));
  if (const auto prefix = line.value("scenarios")) write_scenarios(report, *prefix);
  if (!line.has("quiet")) thin_tools::print(stdout, to_text(report));
  return report.is_good() ? thin_tools::exit_good : thin_tools::exit_bad;
}

}  // namespace

const thin_tools::command thin_sim_explore_command{&syntax, run};

}  // namespace sim
