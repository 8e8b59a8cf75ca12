#include "sim/replay/pool_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/superblock.h"
#include "sim/disk/disk_spec.h"
#include "sim/run/text_file.h"
#include "thin-tools/console/command_line.h"
#include "thin-tools/console/damage_printer.h"
#include "thin-tools/files/opened_pool.h"
#include "thin-tools/ls/usage.h"
#include "thin-tools/size/metadata_size.h"

namespace sim::replay {

namespace {

using thin_tools::usage_error;

constexpr sector default_block_size = 128;
constexpr std::string_view bad_block_size =
    "the block size must be a multiple of 64 KiB, up to 1 GiB";
constexpr sector smallest_default_metadata = sector{8} << 11;  // 8 MiB
constexpr sector largest_metadata = pdata::max_metadata_blocks * pdata::block_sectors;
constexpr sector copy_step = 2048;
constexpr sector largest_thin = sector{1} << 53;
constexpr sector disk_size_max = sector{1} << 54;

// A whole pool line, with what a plan needs of it.
struct parsed_line {
  table_line line;
  std::string metadata_path;
  std::string data_path;
  sector block_size = 0;
};

parsed_line parse_pool(const std::string& text) {
  const auto words = split_words(text);
  const auto wrong = [&](std::string_view why) {
    return thin_tools::invalid_value("pool", text, why);
  };
  if (words.size() < 7 || words[2] != "thin-pool")
    throw wrong("expected '0 LENGTH thin-pool METADATA DATA BLOCK_SIZE LOW_WATER [FEATURES]'");
  const auto begin = thin_tools::parse_number(words[0]);
  const auto length = thin_tools::parse_number(words[1], disk_size_max);
  const auto block = thin_tools::parse_number(words[5]);
  if (begin != 0 || !length || *length == 0) throw wrong("it must begin at 0 and have a length");
  if (!block || !pdata::valid_data_block_size(*block)) throw wrong(bad_block_size);
  if (words[3] == words[4]) throw wrong("metadata and data must be two devices");
  parsed_line parsed{{0, *length, "thin-pool", ""}, words[3], words[4], *block};
  for (std::size_t i = 3; i < words.size(); ++i)
    parsed.line.arguments += (i == 3 ? "" : " ") + words[i];
  return parsed;
}

std::string pool_arguments(const pool_options& wanted, const std::string& metadata,
                           const std::string& data, sector block_size) {
  std::string text = fmt::format("{} {} {} {}", metadata, data, block_size, wanted.low_water);
  if (wanted.features.empty()) return text;
  text += fmt::format(" {}", wanted.features.size());
  for (const auto& feature : wanted.features) text += " " + feature;
  return text;
}

// The user's file is never changed.
std::shared_ptr<backing> copy_in_memory(const std::string& path, sector size) {
  file_backing file(thin_tools::admit_reading("metadata", path));
  auto copy = std::make_shared<memory_backing>(std::max(size, file.size()));
  for (sector at = 0; at < file.size(); at += copy_step) {
    const sector n = std::min<sector>(copy_step, file.size() - at);
    const content_sink sink = [&](sector offset, sector count, const content& what) {
      copy->write(at + offset, count, what).ignore();
    };
    if (const auto r = file.read(at, n, 0, sink); !r.ok())
      pdata::throw_errno("cannot read", path, r.errno_value());
  }
  return copy;
}

struct known_pool {
  sector block_size = default_block_size;
  sector size = 0;
  std::vector<thin_options> thins;
};

known_pool look_into(const std::string& metadata_file) {
  thin_tools::damage_printer findings(pdata::which_metadata::active, thin_tools::messages::grouped);
  thin_tools::opened_pool opened(metadata_file, {}, findings);
  const auto usage = thin_tools::find_usage(opened.reader, opened.layout,
                                            thin_tools::usage_depth::mappings, findings);
  known_pool found;
  found.block_size = opened.layout.active.data_block_size;
  found.size = opened.layout.nr_data_blocks * found.block_size;
  for (const auto& device : usage.devices)
    found.thins.push_back(
        {device.device, (device.highest_block.value_or(0) + 1) * found.block_size.value()});
  return found;
}

// As many devices as the trace has, each as large as it needs, in whole blocks.
std::vector<thin_options> thins_for(const trace_survey& survey, const pool_options& wanted,
                                    sector block_size) {
  std::vector<thin_options> thins;
  for (std::size_t i = 0; i < std::max<std::size_t>(survey.devices.size(), 1); ++i) {
    const sector end = i < survey.devices.size() ? survey.devices[i].end : sector(0);
    const sector needed =
        std::min<sector>(trace::device_sectors_max,
                         std::max<sector>(1, pdata::div_up(end, block_size)) * block_size);
    thins.push_back({static_cast<pdata::device_id>(i), wanted.thin_size.value_or(needed)});
  }
  return thins;
}

// How many snapshots may exist at once.
std::uint64_t snapshots_kept(const schedule_options& wanted, const trace_survey* survey) {
  std::uint64_t taken = wanted.snapshots.size();
  if (wanted.snapshot_every)
    taken += survey == nullptr ? UINT32_MAX : survey->duration_ns / *wanted.snapshot_every + 1;
  return wanted.keep ? std::min(taken, pdata::checked_add(wanted.keep->most(), 1).value_or(taken))
                     : taken;
}

// As large as the devices and their snapshots can become, or as what the trace
// writes where that is less by far.
sector pool_size_for(const std::vector<thin_options>& thins, std::uint64_t snapshots,
                     const trace_survey* survey, sector block_size) {
  constexpr std::uint64_t small_pool = 1 << 20;  // blocks
  std::uint64_t blocks = 0;
  for (const auto& thin : thins) blocks += pdata::div_up(thin.size, block_size);
  std::uint64_t worst = disk_size_max / block_size;
  if (const auto product = pdata::checked_mul(blocks, snapshots + 1); product)
    worst = std::min(worst, *product);
  if (survey != nullptr) {
    const auto touched = survey->written_sectors / block_size + 2 * survey->writes;
    worst = std::min(worst, std::max<std::uint64_t>({touched, small_pool}));
  }
  return std::max<std::uint64_t>(1, worst) * block_size;
}

sector metadata_size_for(sector pool_size, sector block_size, std::uint64_t snapshots,
                         const std::vector<thin_options>& thins) {
  std::uint64_t mapped = pool_size / block_size;
  for (const auto& thin : thins)
    mapped += std::min<std::uint64_t>(snapshots, 1024) * pdata::div_up(thin.size, block_size);
  constexpr std::uint64_t any_block = 64 * 1024;
  const auto blocks = thin_tools::estimated_metadata_blocks(
      {.block_bytes = any_block,
       .pool_bytes = std::min(mapped, UINT64_MAX / any_block) * any_block,
       .max_thins = thins.size() + std::min<std::uint64_t>(snapshots, UINT32_MAX)});
  return std::max<sector>(smallest_default_metadata,
                          pdata::div_up(blocks, 256) * 256 * pdata::block_sectors);
}

pool_plan plan_scenario(const pool_options& wanted) {
  pool_plan plan;
  plan.scenario_file = *wanted.scenario_file;
  plan.scenario_text = read_text_file(plan.scenario_file);
  for (const auto& [path, text] : wanted.disks) {
    const auto spec = parse_disk_spec(text);
    plan.disks.push_back({path, open_disk(spec, "disk " + path), text, spec.options});
  }
  return plan;
}

void refuse_contradictions(const pool_options& wanted) {
  if (wanted.scenario_file &&
      (wanted.table || wanted.metadata_file || !wanted.thins.empty() || wanted.size))
    throw usage_error(
        "--scenario makes the pool: --pool, --thin, --pool-size and --metadata do not "
        "go with it");
  if (!wanted.scenario_file && !wanted.disks.empty())
    throw usage_error("--device names a disk of a scenario: --scenario is missing");
  if (wanted.table &&
      (wanted.size || wanted.block_size || wanted.low_water != 0 || !wanted.features.empty()))
    throw usage_error(
        "--pool says all of the pool: --pool-size, --block-size, --low-water and "
        "--features do not go with it");
}

}  // namespace

bool needs_survey(const pool_options& wanted) {
  if (wanted.scenario_file) return false;
  const bool has_pool = wanted.table || wanted.size || wanted.metadata_file;
  return !has_pool || wanted.thins.empty();
}

void refuse_unknown_sizes(const replay_settings& settings, const std::string& trace) {
  const auto& wanted = settings.pool;
  const bool thins_known = !wanted.thins.empty() || wanted.thin_size || settings.grow;
  const bool pool_known =
      wanted.table || wanted.size || wanted.metadata_file || settings.grow || !wanted.thins.empty();
  if (thins_known && pool_known) return;
  std::string missing;
  if (!pool_known) missing = "--pool-size (or --pool, or --grow)";
  if (!thins_known)
    missing += fmt::format("{}--thin-size (or --thin)", missing.empty() ? "" : " and ");
  throw usage_error(
      fmt::format("{} can be read only once, so sizes cannot be taken from it: {} {} missing",
                  trace, missing, pool_known || thins_known ? "is" : "are"));
}

pool_plan plan_pool(const replay_settings& settings, const trace_survey* survey) {
  const auto& wanted = settings.pool;
  refuse_contradictions(wanted);
  if (wanted.scenario_file) return plan_scenario(wanted);
  std::optional<parsed_line> line;
  if (wanted.table) line = parse_pool(*wanted.table);
  known_pool known;
  if (wanted.metadata_file) known = look_into(*wanted.metadata_file);
  const sector block_size =
      line ? line->block_size
           : wanted.block_size.value_or(known.block_size == 0 ? default_block_size
                                                              : known.block_size);
  if (!pdata::valid_data_block_size(block_size)) throw usage_error(std::string(bad_block_size));
  pool_plan plan;
  plan.has_metadata = wanted.metadata_file.has_value();
  plan.thins = wanted.thins;
  if (plan.thins.empty() && survey == nullptr) {
    plan.thins = known.thins;
    plan.size_of_more_thins = wanted.thin_size.value_or(largest_thin);
    for (auto& thin : plan.thins) thin.size = std::max(thin.size, *plan.size_of_more_thins);
  } else if (plan.thins.empty()) {
    const auto needed = thins_for(*survey, wanted, block_size);
    plan.thins = known.thins.empty() ? needed : known.thins;
    for (std::size_t i = 0; i < std::min(plan.thins.size(), needed.size()); ++i)
      plan.thins[i].size = std::max(plan.thins[i].size, needed[i].size);
  }
  const auto snapshots = snapshots_kept(settings.schedule, survey);
  sector size = wanted.size.value_or(known.size);
  if (line)
    size = line->line.length;
  else if (size == 0 && plan.size_of_more_thins)
    size = pdata::div_up(*settings.grow, block_size) * block_size;
  else if (size == 0)
    size = pool_size_for(plan.thins, snapshots, survey, block_size);
  const std::string metadata_path = line ? line->metadata_path : "/dev/metadata";
  const std::string data_path = line ? line->data_path : "/dev/data";
  const sector metadata_size = wanted.metadata_size.value_or(
      plan.has_metadata         ? sector(0)
      : plan.size_of_more_thins ? largest_metadata
                                : metadata_size_for(size, block_size, snapshots, plan.thins));
  // A disk that nothing has been written to costs nothing.
  const sector data_size = settings.grow ? disk_size_max : size;
  plan.disks.push_back(
      {metadata_path,
       plan.has_metadata ? copy_in_memory(*wanted.metadata_file, metadata_size)
                         : std::make_shared<memory_backing>(metadata_size),
       plan.has_metadata ? *wanted.metadata_file : fmt::format("mem:{}s", metadata_size)});
  plan.disks.push_back(
      {data_path, std::make_shared<memory_backing>(data_size), fmt::format("mem:{}s", data_size)});
  plan.pool = line ? line->line
                   : table_line{0, size, "thin-pool",
                                pool_arguments(wanted, metadata_path, data_path, block_size)};
  return plan;
}

}  // namespace sim::replay
