#include "sim/explore/scenario_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "persistent-data/base/error.h"
#include "sim/disk/disk_spec.h"
#include "sim/run/text_file.h"
#include "sim/scenario/interpreter.h"

namespace sim::explore {

namespace {

constexpr virtual_time discard_takes = one_second / 1000;
constexpr std::size_t most_shrinks = 400;  // trials

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

  // `only`: a violation of this ends the run.
  void run(const std::vector<std::size_t>& commands, std::optional<invariant> only);

  crash_counts counts;
  std::map<invariant, std::uint64_t> violations;
  std::map<invariant, counterexample> examples;
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

// The data disk is done with its discards a little later.
class discard_timer : public disk_watch {
 public:
  discard_timer(machine& on, disk_watch& next, disk& data)
      : next_(next), timer_(on.loop(), [&data] { data.complete_discards(); }) {}
  void write_began(sector first, sector count, const content& what) override {
    next_.write_began(first, count, what);
  }
  void write_is_durable(sector first, sector count, const content& what) override {
    next_.write_is_durable(first, count, what);
  }
  void flushed() override { next_.flushed(); }
  void discard_began(sector first, sector count) override {
    next_.discard_began(first, count);
    timer_.start(discard_takes);
  }
  void discard_ended(sector first, sector count) override { next_.discard_ended(first, count); }

 private:
  disk_watch& next_;
  timer timer_;
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
  how.no_space_timeout = settings_.no_space_timeout;
  std::map<std::string, sector> sizes;
  auto geometry = pool_.geometry;
  geometry.speaks = settings_.speaks;
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
  geometry.data_blocks = std::min(geometry.data_blocks, sizes[pool_.data] / geometry.block_sectors);
  pool_watch watch({.torn_sectors = settings_.torn_sectors,
                    .data_sectors = sizes[pool_.data],
                    .device_sectors = geometry.device_sectors},
                   content::stamped(stale_seed, 0));
  how.watch = &watch.requests();
  machine on(how);
  for (auto& d : opened) on.add_disk(d.path, std::move(d.contents), d.options);
  disk& metadata = disk_named(on, pool_.metadata);
  disk& data = disk_named(on, pool_.data);
  discard_timer timer(on, watch.data_disk(), data);
  metadata.watch(&watch.metadata_disk());
  data.watch(&timer);
  data.hold_discards();
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
  std::uint64_t moment = 0;
  unsigned line = 0;
  watch.on_event([&](const std::string& what) {
    if (has_ended_early) return;
    ++moment;
    examiner.examine(geometry, [&](violation v, const std::string& state) {
      ++violations[v.broken];
      has_ended_early |= only ? v.broken == *only
                              : !settings_.keeps_going && settings_.expected.contains(v.broken);
      const auto which = v.broken;
      examples.try_emplace(
          which,
          counterexample{std::move(v), {}, moment, what, state, fmt::format("line {}", line)});
    });
  });
  const script_streams nowhere{.out = [](std::string_view) {}, .messages = [](std::string_view) {}};
  for (const auto i : commands) {
    if (has_ended_early) break;
    line = all_.commands[i].line;
    moment = 0;
    run_script({all_.name, {all_.commands[i]}, all_.nr_statuses}, on, nowhere);
  }
  watch.on_event(nullptr);
  counts.add(examiner.counts());
}

// Which commands have to stay so that the invariant is still broken.
std::vector<std::size_t> shrink(const scenario_settings& settings, const script& all,
                                const pool_of_scenario& pool, survivor_cache& cache,
                                invariant broken, unsigned last_line) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < all.commands.size(); ++i)
    if (all.commands[i].line <= last_line) kept.push_back(i);
  std::size_t trials = 0;
  for (std::size_t i = kept.size(); i-- > 0 && trials < most_shrinks;) {
    auto fewer = kept;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    ++trials;
    try {
      examined_run trial(settings, all, pool, cache);
      trial.run(fewer, broken);
      if (trial.examples.contains(broken)) kept = std::move(fewer);
    } catch (const pdata::error&) {
      // Without this command the rest waits forever: it stays.
    }
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
  part.source = settings.file;
  part.depth = static_cast<unsigned>(commands.size());
  part.is_complete = !whole.has_ended_early;
  part.counts.histories = 1;
  part.counts.crashes = whole.counts;
  part.counts.violations = whole.violations;
  for (const auto& [which, found] : whole.examples) {
    auto example = found;
    if (settings.expected.contains(which)) {
      const auto line = static_cast<unsigned>(number_in(found.step.substr(5)));
      const auto kept = shrink(settings, all, pool, cache, which, line);
      part.scenarios[which] = fmt::format("# Breaks {}: {}\n{}", name_of(which), found.what.detail,
                                          text_of(all, kept, text));
      example.step += fmt::format(" of {}, {} commands are needed", settings.file, kept.size());
    }
    part.examples.emplace(which, std::move(example));
  }
  return part;
}

}  // namespace sim::explore
