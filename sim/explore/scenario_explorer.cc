#include "sim/explore/scenario_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/error.h"
#include "sim/disk/disk_spec.h"
#include "sim/explore/discard_timer.h"
#include "sim/run/text_file.h"
#include "sim/scenario/interpreter.h"

namespace sim::explore {

namespace {

// Commands carried out in all trials of a search for a shorter scenario.
constexpr std::uint64_t most_shrinking = 2'000'000;

// What the tables of a scenario say of its pool.
struct pool_of_scenario {
  std::string metadata;
  std::string data;
  pool_geometry geometry;
};

std::uint64_t number_in(const std::string& word) {
  return thin_tools::parse_number(word).value_or(0);
}

void add_pool_line(const std::vector<std::string>& words, std::size_t at, const std::string& file,
                   pool_of_scenario& pool) {
  if (at < 1 || words.size() < at + 5) return;
  if (!pool.metadata.empty() && (pool.metadata != words[at + 1] || pool.data != words[at + 2]))
    throw pdata::error(fmt::format("'{}' has several pools; crashes of one can be explored", file));
  pool.metadata = words[at + 1];
  pool.data = words[at + 2];
  auto& g = pool.geometry;
  g.block_sectors = std::max<sector>(1, number_in(words[at + 3]));
  g.data_blocks = std::max(g.data_blocks, number_in(words[at - 1]) / g.block_sectors);
  g.features.clear();
  for (std::size_t i = at + 5; i < words.size(); ++i)
    g.features += (g.features.empty() ? "" : " ") + words[i];
}

void add_thin_line(const std::vector<std::string>& words, std::size_t at, const std::string& file,
                   pool_of_scenario& pool) {
  if (at < 1 || words.size() < at + 3) return;
  if (words.size() > at + 3)
    throw pdata::error(
        fmt::format("'{}' has external origins, of which nothing is known after a crash", file));
  auto& size = pool.geometry.device_sectors;
  size = std::max<sector>(size, number_in(words[at - 1]));
}

pool_of_scenario find_pool(const script& what) {
  pool_of_scenario pool;
  const auto look_at = [&](const std::string& text) {
    const auto words = split_words(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == "thin-pool") add_pool_line(words, i, what.name, pool);
      if (words[i] == "thin") add_thin_line(words, i, what.name, pool);
    }
  };
  for (const auto& command : what.commands) {
    for (const auto& w : command.words) look_at(w.fixed_text());
    if (command.input)
      for (const auto& w : *command.input) look_at(w.fixed_text());
  }
  if (pool.metadata.empty())
    throw pdata::error(fmt::format("'{}' makes no pool in one table line", what.name));
  return pool;
}

// A run of some of a scenario's commands under examination.
class examined_run {
 public:
  examined_run(const scenario_settings& settings, const script& all, const pool_of_scenario& pool,
               survivor_cache& cache)
      : settings_(settings), all_(all), pool_(pool), cache_(cache) {}

  // With `only` just the last command is examined, and a violation of this ends the run.
  void run(const std::vector<std::size_t>& commands, std::optional<invariant> only);

  crash_counts counts;
  std::map<invariant, std::uint64_t> violations;
  struct found_violation {
    violation what;
    std::uint64_t moment = 0;  // of the line's command
    std::string event;
    std::string state;
    std::size_t line = 0;
  };
  std::map<invariant, found_violation> examples;
  bool has_ended_early = false;

 private:
  disk_specs specs() const {
    if (!settings_.disks.empty()) return settings_.disks;
    return {{pool_.metadata, "mem:64m"}, {pool_.data, "mem:1g"}};
  }

  const scenario_settings& settings_;
  const script& all_;
  const pool_of_scenario& pool_;
  survivor_cache& cache_;
};

disk& disk_named(machine& on, const std::string& path) {
  for (const auto& d : on.disks())
    if (d->path() == path || to_string(d->number()) == path) return *d;
  throw pdata::error(fmt::format("the pool's device '{}' is no disk of the scenario", path));
}

void examined_run::run(const std::vector<std::size_t>& commands, std::optional<invariant> only) {
  pool_settings how;
  how.speaks = settings_.speaks.speaks;
  how.lacks = settings_.speaks.lacks;
  how.kernel = settings_.kernel;
  how.no_space_timeout = settings_.no_space_timeout;
  std::map<std::string, sector> sizes;
  auto geometry = pool_.geometry;
  geometry.speaks = settings_.speaks;
  geometry.kernel = settings_.kernel;
  struct opened_disk {
    std::string path;
    std::unique_ptr<backing> contents;
    disk_options options;
  };
  std::vector<opened_disk> opened;
  for (const auto& [path, spec] : specs()) {
    if (!spec.starts_with("mem:"))
      throw pdata::error(fmt::format("disk '{}': crashes are explored on mem:SIZE alone", spec));
    const auto parsed = parse_disk_spec(spec);
    opened.push_back({path, open_disk(parsed, "disk " + path), parsed.options});
    backing& contents = *opened.back().contents;
    const sector size = contents.size();
    sizes[path] = size;
    if (path == pool_.data) contents.write(0, size, content::stamped(stale_seed, 0)).ignore();
  }
  geometry.metadata_blocks = sizes[pool_.metadata] / pdata::block_sectors;
  geometry.data_blocks =
      std::min<std::uint64_t>(geometry.data_blocks, sizes[pool_.data] / geometry.block_sectors);
  pool_watch watch({.torn_sectors = settings_.torn_sectors,
                    .data_sectors = sizes[pool_.data],
                    .device_sectors = geometry.device_sectors},
                   content::stamped(stale_seed, 0));
  how.watch = &watch.requests();
  machine on(how);
  for (auto& d : opened) on.add_disk(d.path, std::move(d.contents), d.options);
  disk& metadata = disk_named(on, pool_.metadata);
  disk& data = disk_named(on, pool_.data);
  metadata.watch(&watch.metadata_disk());
  discard_timer timer(on.loop(), watch.data_disk(), data);
  struct ending {
    machine& of;
    disk& metadata;
    disk& data;
    ~ending() {
      metadata.watch(nullptr);
      data.watch(nullptr);
      data.complete_discards();
      of.loop().run();
      of.power_off();
    }
  } at_end{on, metadata, data};

  crash_examiner examiner(watch, cache_, settings_.crashes);
  std::uint64_t number = 0;
  std::size_t line = 0;
  bool is_last = false;
  watch.on_event([&](const moment& now) {
    if (has_ended_early || (only && !is_last)) return;
    ++number;
    examiner.examine(geometry, [&](violation v, const std::string& state) {
      ++violations[v.broken];
      has_ended_early |= only ? v.broken == *only
                              : !settings_.keeps_going && settings_.expected.contains(v.broken);
      const auto which = v.broken;
      examples.try_emplace(which,
                           found_violation{std::move(v), number, to_string(now), state, line});
    });
  });
  const script_streams nowhere{.out = [](std::string_view) {}, .messages = [](std::string_view) {}};
  for (const auto i : commands) {
    if (has_ended_early) break;
    line = all_.commands[i].line;
    is_last = i == commands.back();
    number = 0;
    run_script({all_.name, {all_.commands[i]}, all_.nr_statuses}, on, nowhere);
  }
  watch.on_event(nullptr);
  counts.add(examiner.counts());
}

// Which commands have to stay so that the last of them still breaks the invariant: ever
// smaller parts are left out, from the end to the beginning. Empty: all of them do not break it.
std::vector<std::size_t> shrink(const scenario_settings& settings, const script& all,
                                const pool_of_scenario& pool, survivor_cache& cache,
                                invariant broken, std::size_t last_line) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < all.commands.size(); ++i)
    if (all.commands[i].line <= last_line) kept.push_back(i);
  std::uint64_t work = 0;
  const auto breaks = [&](const std::vector<std::size_t>& commands) {
    work += commands.size();
    try {
      examined_run trial(settings, all, pool, cache);
      trial.run(commands, broken);
      return trial.examples.contains(broken);
    } catch (const pdata::error&) {
      return false;  // without these commands the rest waits forever
    }
  };
  if (kept.empty() || !breaks(kept)) return {};
  for (std::size_t part = (kept.size() + 1) / 2; part != 0; part /= 2)
    // The last one stays.
    for (std::size_t end = kept.size() - 1; end != 0 && work < most_shrinking;) {
      const auto begin = end - std::min(part, end);
      auto fewer = kept;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                  fewer.begin() + static_cast<std::ptrdiff_t>(end));
      if (breaks(fewer)) kept = std::move(fewer);
      end = begin;
    }
  return kept;
}

// The lines of the commands that were kept, as the file has them.
std::string text_of(const script& all, const std::vector<std::size_t>& commands,
                    const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text)
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  std::string kept;
  for (const auto i : commands) {
    const std::size_t begin = all.commands[i].line;
    const std::size_t end =
        i + 1 < all.commands.size() ? all.commands[i + 1].line : lines.size() + 1;
    for (auto n = begin; n < std::max(end, begin + 1) && n <= lines.size(); ++n)
      if (!lines[n - 1].empty()) kept += lines[n - 1] + "\n";
  }
  return kept;
}

}  // namespace

explored explore_scenario(const scenario_settings& settings) {
  const auto text = read_text_file(settings.file);
  const auto all = parse_script(settings.file, text, settings.set);
  validate_script(all);
  const auto pool = find_pool(all);
  survivor_cache cache;
  examined_run whole(settings, all, pool, cache);
  std::vector<std::size_t> commands(all.commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) commands[i] = i;
  whole.run(commands, std::nullopt);
  explored part;
  part.of = explored_kind::scenario;
  part.source = settings.file;
  part.depth = static_cast<unsigned>(commands.size());
  part.is_complete = !whole.has_ended_early;
  part.counts.histories = 1;
  part.counts.crashes = whole.counts;
  part.counts.violations = whole.violations;
  for (const auto& [which, found] : whole.examples) {
    auto step = fmt::format("line {}", found.line);
    if (settings.expected.contains(which)) {
      const auto kept = shrink(settings, all, pool, cache, which, found.line);
      part.scenarios[which] = fmt::format("# Breaks {}: {}\n{}", name_of(which), found.what.detail,
                                          text_of(all, kept, text));
      step += fmt::format(" of {}, {} commands are needed", settings.file, kept.size());
    }
    part.examples.emplace(
        which,
        counterexample{found.what, {}, found.moment, found.event, found.state, std::move(step)});
  }
  return part;
}

std::optional<shrunk_scenario> shrink_scenario(const scenario_settings& settings,
                                               const std::string& text, invariant broken) {
  const auto all = parse_script(settings.file, text, settings.set);
  validate_script(all);
  if (all.commands.empty()) return std::nullopt;
  const auto pool = find_pool(all);
  survivor_cache cache;
  const auto kept = shrink(settings, all, pool, cache, broken, all.commands.back().line);
  if (kept.empty()) return std::nullopt;
  return shrunk_scenario{text_of(all, kept, text), kept.size()};
}

}  // namespace sim::explore
