#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/stream/pool_reader.h"
#include "thin-tools/check/check.h"
#include "thin-tools/check/report_json.h"
#include "thin-tools/check/report_text.h"
#include "thin-tools/commands/tool_commands.h"
#include "thin-tools/console/output.h"
#include "thin-tools/console/progress_line.h"
#include "thin-tools/files/lvm_names.h"
#include "thin-tools/files/metadata_file.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/files/output_file.h"
#include "thin-tools/report/report_json.h"
#include "thin-tools/report/report_page.h"
#include "thin-tools/report/survey.h"

namespace thin_tools {

namespace {

constexpr option_row options[] = {
    {'o', "output", argument::required, "FILE", "write to FILE, not to standard output"},
    {0, "against", argument::required, "FILE",
     "show the metadata beside that in FILE, an earlier state of the pool (before a repair)"},
    {'m', "metadata-snap", argument::optional, "BLOCK",
     "report on the metadata snapshot of a pool in use"},
    lvm_row,
    {0, "json", argument::none, "", "write the numbers as JSON, not as a page"},
    {'q', "quiet", argument::none, "", "no progress"},
};
constexpr command_syntax syntax{
    "thin_report", "Show a pool as a page for a browser: its data, devices and damage.",
    "{device|file}", options};

report::pool_health health_of(const check_report& checked, const std::string& name) {
  return {.verdict = verdict_name(checked),
          .advice = advice(checked, name),
          .findings = checked.findings,
          .unlisted = checked.nr_unlisted,
          .fatal = checked.nr_fatal,
          .leaks = checked.nr_leaks,
          .tolerable = checked.nr_tolerable,
          .leaked_data = checked.leaked_data_blocks,
          .leaked_metadata = checked.leaked_metadata_blocks,
          .not_checked = checked.not_checked};
}

void add_names(report::pool_picture& picture, const device_names& names,
               const pdata::superblock& superblock) {
  if (!names.known()) return;
  for (const auto& volume : names.pool().volumes) picture.names[volume.device] = volume.name;
  if (!picture.contents->complete) return;
  device_names::device_table devices;
  for (const auto& device : picture.contents->devices)
    if (device.details) devices.emplace(device.id, *device.details);
  const auto header = pdata::describe_superblock(superblock);
  const auto remarks = lvm_remarks(names, names.compare(header, devices), header);
  for (std::size_t at = 0; at < remarks.size();) {
    const auto end = remarks.find('\n', at);
    picture.lvm_remarks.push_back(remarks.substr(at, end - at));
    at = end + 1;
  }
}

// Two passes: what is wrong is thin_check's to say.
report::pool_picture picture_of(const pass& admitted, const pdata::layout_options& trees,
                                const device_names& names, bool quiet) {
  const auto claim = trees.from_snapshot ? pass::claim::shared : pass::claim::exclusive;
  const auto device = open_metadata(admitted, claim);
  const auto& name = admitted.path();
  check_progress progress;
  std::optional<progress_line> shown;
  if (!quiet)
    shown.emplace([&] { return fmt::format("reading {}: {}", name, progress.phase.load()); });
  check_options wanted;
  wanted.trees = trees;
  wanted.progress = &progress;
  const auto checked = check(*device, name, wanted);
  report::pool_picture picture{
      .name = name, .health = health_of(checked, name), .contents = {}, .names = {}};
  if (!checked.superblock) return picture;
  progress.phase = "what it holds";
  pdata::silent_sink known;
  const auto layout = layout_of(*device, trees, known);
  pdata::batch_reader reader(*device);
  picture.contents = report::survey(reader, layout);
  add_names(picture, names, layout.chosen());
  return picture;
}

// What thin_check read a moment before could not be read again, or is damaged.
bool could_be_read(const report::pool_picture& pool) {
  return pool.contents && pool.contents->whole;
}

int run(const command_line& line) {
  const device_names names(line);
  const auto input = line.sole_operand();
  const pdata::layout_options trees{.from_snapshot = line.has("metadata-snap"),
                                    .snapshot_location = line.number("metadata-snap")};
  const auto against = line.value("against");
  const auto output = line.value("output");
  const auto admitted = admit(metadata_request(input));
  std::optional<pass> earlier;
  if (against) earlier = admit({"earlier metadata", *against, use::read});
  std::optional<pass> written;
  if (output) written = admit(output_request(*output));

  std::vector<report::pool_picture> pools;
  if (earlier) pools.push_back(picture_of(*earlier, {}, names, line.has("quiet")));
  pools.push_back(picture_of(admitted, trees, names, line.has("quiet")));
  const auto text = line.has("json") ? report::to_json(pools) : report::to_html(pools);
  if (written) {
    output_file file(*written);
    file.write(text);
    file.commit();
  } else {
    descriptor_sink(STDOUT_FILENO, "standard output").write(text);
  }
  const auto& pool = pools.back();
  const auto unexpected = [](const report::pool_picture& p) {
    return !could_be_read(p) && !p.health.damaged();
  };
  for (const auto& shown : pools)
    if (unexpected(shown))
      print(stderr, fmt::format("'{}': part of it could not be read.\n", shown.name));
  if (pool.health.damaged())
    print(stderr, fmt::format("'{}': damaged; the report shows what can be read.\n", pool.name));
  return pool.health.damaged() || std::ranges::any_of(pools, unexpected) ? exit_bad : exit_good;
}

}  // namespace

const command thin_report_command{&syntax, run};

}  // namespace thin_tools
