#include "sim/replay/replay_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "persistent-data/engine/pool.h"
#include "sim/disk/size_text.h"
#include "sim/report/verdict.h"
#include "sim/run/machine_options.h"

namespace sim::replay {

namespace {

using thin_tools::argument;
using thin_tools::command_line;
using thin_tools::invalid_value;
using thin_tools::usage_error;

constexpr thin_tools::option_row rows[] = {
    thin_tools::heading("The pool"),
    {0, "pool", argument::required, "TABLE",
     "table line of the pool: '0 LENGTH thin-pool META DATA BLOCK LOW_WATER [FEATURES]'"},
    {0, "pool-size", argument::required, "SIZE",
     "size of the data device; sizes: sectors, or k m g t p e and KiB MiB (1024), kB MB (1000), b"},
    {0, "block-size", argument::required, "SIZE", "data block size (default 64k)"},
    {0, "metadata-size", argument::required, "SIZE", "size of the metadata device"},
    {0, "low-water", argument::required, "BLOCKS", "low water mark of the pool (default 0)"},
    {0, "features", argument::required, "LIST",
     "features of the pool, with commas: skip_block_zeroing, error_if_no_space, ..."},
    kernel_row,
    no_space_timeout_row,
    {0, "grow", argument::required, "SIZE", "grow the data device at its low water mark"},
    thin_tools::heading("Its volumes"),
    {0, "thin", argument::required, "ID=SIZE",
     "a thin device, repeatable (default: as large as the trace needs)"},
    {0, "thin-size", argument::required, "SIZE", "size of thin devices that are not given"},
    {0, "metadata", argument::required, "FILE",
     "begin with this metadata; the file stays as it is"},
    {0, "scenario", argument::required, "FILE", "a scenario that makes the pool and thin devices"},
    {0, "device", argument::required, "PATH=SPEC", "a disk of the scenario, as in thin_sim run"},
    set_row,
    thin_tools::heading("The trace"),
    {0, "format", argument::required, "FORMAT", "of the trace, instead of looking at it", false,
     "blktrace fio blkparse events biosnoop etw blkreplay msr systor alibaba tencent cloudphysics "
     "thesios iotrace iotrace-json spc fio-latency fiu femu disksim mqsim csv vscsi"},
    {0, "columns", argument::required, "LIST",
     "of a text trace: time,op,offset,length,device, with units: offset_sectors"},
    {0, "events", argument::required, "KIND",
     "which events of a block trace are requests: queue, issue or complete", false,
     "queue issue complete"},
    {0, "iolog-wait", argument::required, "MEANING",
     "of a fio version 2 log: since-start (ms, as fio does) or pause (us, its manual)", false,
     "since-start pause"},
    {0, "strict", argument::none, "", "a damaged record of the trace is an error"},
    {0, "map", argument::required, "NAME=ID", "the trace's device NAME is thin device ID"},
    {0, "only", argument::required, "NAME",
     "replay only what the trace's device NAME was asked for; repeatable"},
    {0, "wrap", argument::none, "", "fold requests beyond the end of a device back into it"},
    thin_tools::heading("Snapshots, trims and crashes"),
    {0, "snapshot-every", argument::required, "TIME", "take snapshots, e.g. every 10m"},
    {0, "snapshot-at", argument::required, "TIME", "take snapshots then; repeatable"},
    {0, "snapshot-of", argument::required, "ID", "of this thin device only; repeatable"},
    {0, "keep", argument::required, "RULE",
     "delete snapshots beyond the last N, or by periods: hourly=24,daily=7"},
    {0, "delete-every", argument::required, "TIME", "delete the oldest snapshot"},
    {0, "fstrim-every", argument::required, "TIME",
     "hold the trace's discards back, and issue them together"},
    {0, "crash-at", argument::required, "TIME", "lose power, and go on; repeatable"},
    {0, "crash-states", argument::required, "N",
     "examine up to N states that each --crash-at may leave"},
    thin_tools::heading("What is checked"),
    {0, "check-every", argument::required, "N", "check the metadata after every Nth commit"},
    {0, "no-verify", argument::none, "",
     "do not compare what reads return: faster, for questions of space"},
    {0, "expect", argument::required, "CONDITION",
     "e.g. 'data_blocks <= 70000'; exit 1 if it does not hold; repeatable"},
    {0, "baseline", argument::required, "REPORT",
     "a JSON report that --expect 'provisions <= +5%' is relative to"},
    allow_row,
    thin_tools::heading("Reports"),
    {0, "name", argument::required, "NAME", "what reports call this run"},
    {0, "json", argument::required, "FILE", "write the report as JSON"},
    {0, "html", argument::required, "FILE", "write the report as a page with plots"},
    {0, "csv", argument::required, "FILE", "write the time series (of a sweep: the values)"},
    {0, "junit", argument::required, "FILE", "write the outcome as JUnit XML"},
    {0, "save-metadata", argument::required, "FILE", "write the metadata that results"},
    {0, "reproduction", argument::required, "FILE",
     "where a scenario goes that shows a disagreement (default disagreement.scenario)"},
    {'q', "quiet", argument::none, "", "no progress and no summary"},
    thin_tools::heading("Variants"),
    {0, "sweep", argument::required, "NAME=A,B,C",
     "run a variant for each value of the option NAME; repeatable"},
    {0, "advise-block-size", argument::none, "",
     "sweep block-size=64k,128k,256k,512k,1m, and say what each costs in bytes"},
    {0, "jobs", argument::required, "N", "variants at a time (default: processors)"},
    {0, "shard", argument::required, "I/N", "only every Nth variant of the sweep, from the Ith"},
};

// Options that describe what is simulated: a report mentions them, and a sweep
// may vary them.
constexpr std::array<std::string_view, 20> simulated{
    "pool",      "pool-size",   "metadata-size", "block-size",       "thin-size",
    "low-water", "features",    "metadata",      "scenario",         "snapshot-every",
    "keep",      "snapshot-at", "snapshot-of",   "delete-every",     "fstrim-every",
    "crash-at",  "grow",        "only",          "no-space-timeout", "kernel"};

sector size_or_throw(std::string_view option, std::string_view text) {
  const auto size = parse_sectors(text);
  if (!size || *size == 0)
    throw invalid_value(option, text,
                        "expected a size in sectors of 512 bytes, or with a unit (64k, 10g, 1TiB)");
  return *size;
}

std::optional<sector> size_of(const command_line& line, std::string_view option) {
  const auto text = line.value(option);
  return text ? std::optional(size_or_throw(option, *text)) : std::nullopt;
}

virtual_time duration_of(std::string_view option, const std::string& text) {
  const auto time = parse_duration(text);
  if (!time) throw invalid_value(option, text, "expected a time (90s, 10m, 2h)");
  return *time;
}

std::optional<virtual_time> duration_of(const command_line& line, std::string_view option) {
  const auto text = line.value(option);
  return text ? std::optional(duration_of(option, *text)) : std::nullopt;
}

pdata::device_id id_or_throw(std::string_view option, std::string_view text) {
  if (const auto id = thin_tools::parse_number(text, pdata::max_device_id)) return *id;
  throw invalid_value(option, text,
                      fmt::format("expected a device id from 0 to {}", pdata::max_device_id));
}

std::vector<thin_tools::option_row> rows_named(std::span<const std::string_view> names) {
  std::vector<thin_tools::option_row> some;
  for (const auto& row : rows)
    if (std::ranges::find(names, row.name) != names.end()) some.push_back(row);
  return some;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma != 0) words.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

pool_options parse_pool_options(const command_line& line) {
  pool_options wanted;
  wanted.table = line.value("pool");
  for (const auto& [id, size] : line.pairs("thin", "ID=SIZE")) {
    const thin_options thin{id_or_throw("thin", id), size_or_throw("thin", size)};
    if (std::ranges::find(wanted.thins, thin.id, &thin_options::id) != wanted.thins.end())
      throw usage_error(fmt::format("thin device {} is given twice", thin.id));
    wanted.thins.push_back(thin);
  }
  wanted.thin_size = size_of(line, "thin-size");
  wanted.size = size_of(line, "pool-size");
  wanted.metadata_size = size_of(line, "metadata-size");
  wanted.block_size = size_of(line, "block-size");
  wanted.low_water = line.number("low-water").value_or(0);
  wanted.features = split_list(line.value("features").value_or(""));
  wanted.metadata_file = line.value("metadata");
  wanted.scenario_file = line.value("scenario");
  wanted.disks = disks_of(line);
  wanted.variables = variables_of(line);
  wanted.kernel = kernel_of(line);
  wanted.no_space_timeout = no_space_timeout_of(line).value_or(wanted.no_space_timeout);
  return wanted;
}

trace::trace_options parse_trace_options(const command_line& line) {
  trace::trace_options options;
  if (const auto name = line.value("format")) {
    options.format = trace::format_of_name(*name);
    if (!options.format) throw invalid_value("format", *name, "expected " + trace::format_names());
  }
  options.columns = line.value("columns").value_or("");
  if (const auto kind = line.value("events")) {
    options.events = trace::event_of_name(*kind);
    if (!options.events) throw invalid_value("events", *kind, "expected queue, issue or complete");
  }
  if (const auto meaning = line.value("iolog-wait")) {
    if (*meaning != "since-start" && *meaning != "pause")
      throw invalid_value("iolog-wait", *meaning, "expected since-start or pause");
    options.wait =
        *meaning == "pause" ? trace::iolog_wait::pause_us : trace::iolog_wait::since_start_ms;
  }
  options.strict = line.has("strict");
  return options;
}

schedule_options parse_schedule(const command_line& line) {
  schedule_options wanted;
  wanted.snapshot_every = duration_of(line, "snapshot-every");
  for (const auto& text : line.values("snapshot-at"))
    wanted.snapshots.push_back(duration_of("snapshot-at", text));
  for (const auto& text : line.values("snapshot-of"))
    wanted.snapshot_devices.push_back(id_or_throw("snapshot-of", text));
  if (const auto text = line.value("keep")) {
    wanted.keep = parse_retention(*text);
    if (!wanted.keep)
      throw invalid_value("keep", *text,
                          "expected a number, or a list such as hourly=24,daily=7 of last, hourly, "
                          "daily, weekly and monthly");
  }
  wanted.delete_every = duration_of(line, "delete-every");
  wanted.fstrim_every = duration_of(line, "fstrim-every");
  for (const auto& text : line.values("crash-at"))
    wanted.crashes.push_back(duration_of("crash-at", text));
  wanted.crash_states = line.number("crash-states");
  if (wanted.crash_states && wanted.crashes.empty())
    throw usage_error("--crash-states is about losses of power: --crash-at is missing");
  const bool has_snapshots = wanted.snapshot_every || !wanted.snapshots.empty();
  if ((wanted.keep || wanted.delete_every || !wanted.snapshot_devices.empty()) && !has_snapshots)
    throw usage_error(
        "--keep, --delete-every and --snapshot-of need snapshots: --snapshot-every or "
        "--snapshot-at is missing");
  return wanted;
}

void mention(replay_settings& settings, const command_line& line, std::string_view option) {
  for (const auto& value : line.values(option)) {
    auto& text = settings.mentions[std::string(option)];
    text += (text.empty() ? "" : ",") + value;
  }
}

}  // namespace

std::set<std::string> allowed_of(const command_line& line) {
  std::set<std::string> allowed;
  for (const auto& text : line.values(allow_row.name)) {
    for (auto& name : split_list(text)) {
      if (!report::is_allowance(name))
        throw invalid_value(allow_row.name, name, "expected " + report::allowance_names());
      allowed.insert(std::move(name));
    }
  }
  return allowed;
}

std::span<const thin_tools::option_row> replay_option_rows() { return rows; }

std::span<const thin_tools::option_row> size_option_rows() {
  constexpr std::array<std::string_view, 23> taken{
      "thin",         "block-size",   "thin-size",
      "low-water",    "features",     "no-space-timeout",
      "map",          "only",         "wrap",
      "format",       "columns",      "events",
      "iolog-wait",   "strict",       "snapshot-every",
      "snapshot-at",  "snapshot-of",  "keep",
      "delete-every", "fstrim-every", "crash-at",
      "json",         "kernel"};
  static const auto chosen = rows_named(taken);
  return chosen;
}

std::span<const thin_tools::option_row> trace_option_rows() {
  constexpr std::array<std::string_view, 20> taken{
      "pool-size",   "block-size",  "metadata-size", "low-water",    "thin",
      "thin-size",   "format",      "columns",       "events",       "iolog-wait",
      "strict",      "map",         "only",          "wrap",         "snapshot-every",
      "snapshot-at", "snapshot-of", "keep",          "delete-every", "fstrim-every"};
  static const auto chosen = rows_named(taken);
  return chosen;
}

bool may_be_swept(std::string_view option) {
  return std::ranges::find(simulated, option) != simulated.end();
}

std::optional<virtual_time> parse_duration(std::string_view text) {
  struct unit {
    std::string_view name;
    double seconds;
  };
  constexpr unit units[] = {{"", 1},   {"s", 1},    {"ms", 1e-3}, {"us", 1e-6},
                            {"m", 60}, {"min", 60}, {"h", 3600},  {"d", 86400}};
  double number = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc() || !(number > 0)) return std::nullopt;
  const auto name = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto found = std::ranges::find(units, name, &unit::name);
  if (found == std::end(units)) return std::nullopt;
  const double time = std::round(number * found->seconds * static_cast<double>(one_second));
  constexpr double time_max = 1e18;
  if (time < 1 || time > time_max) return std::nullopt;
  return static_cast<virtual_time>(time);
}

replay_settings parse_trace_settings(const command_line& line,
                                     std::span<const std::string> traces) {
  replay_settings settings;
  for (const auto& path : traces)
    if (!path.empty()) settings.traces.push_back(path);
  if (settings.traces.empty()) throw usage_error("No trace given.");
  settings.trace = parse_trace_options(line);
  settings.pool = parse_pool_options(line);
  settings.schedule = parse_schedule(line);
  // Names of devices may hold an equals sign, numbers do not.
  for (const auto& [name, id] : line.pairs("map", "NAME=ID", thin_tools::equals_sign::last))
    settings.device_map[name] = id_or_throw("map", id);
  for (const auto& name : line.values("only")) settings.only.insert(name);
  settings.wrap = line.has("wrap");
  return settings;
}

replay_settings parse_settings(const command_line& line) {
  auto settings = parse_trace_settings(line, line.operands());
  settings.verify = !line.has("no-verify");
  settings.grow = size_of(line, "grow");
  settings.check_every = line.number("check-every");
  if (settings.check_every == 0) throw invalid_value("check-every", "0", "expected at least 1");
  for (const auto& text : line.values("expect"))
    settings.expectations.push_back(report::parse_expectation(text));
  settings.output = {line.value("json"), line.value("html"), line.value("csv"), line.value("junit"),
                     line.value("save-metadata")};
  settings.baseline = line.value("baseline");
  const bool relative = std::ranges::any_of(settings.expectations, [](const auto& expected) {
    return expected.to_baseline != report::expectation::relation::none;
  });
  if (relative && !settings.baseline)
    throw usage_error("an expectation is relative to a baseline: --baseline is missing");
  settings.allowed = allowed_of(line);
  settings.name = line.value("name").value_or("");
  settings.reproduction = line.value("reproduction").value_or(settings.reproduction);
  for (const auto option : simulated) mention(settings, line, option);
  mention(settings, line, "thin");
  if (!settings.verify) settings.mentions["no-verify"] = "";
  return settings;
}

}  // namespace sim::replay
