#include "thin-tools/files/volume_survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_sinks.h"
#include "persistent-data/stream/pool_reader.h"
#include "persistent-data/survey/device_names.h"

namespace thin_tools {

void volume_extent::add(const pdata::mapping_run& run) {
  mapped_blocks += run.length;
  end = std::max<pdata::thin_block>(end,
                                    pdata::checked_add(run.begin, run.length).value_or(UINT64_MAX));
  data_end = std::max(data_end, run.data_begin + run.length);
}

volume_survey survey_volume(pdata::batch_reader& reader, const pdata::pool_layout& layout,
                            pdata::device_id device, const run_visitor& visit) {
  volume_survey survey;
  run_sink sink([&](const pdata::mapping_run& run) {
    survey.add(run);
    visit(run);
  });
  pdata::damage_list damage;
  const bool whole = pdata::stream_pool(
      reader, layout, pdata::describe_superblock(layout.chosen()),
      {.devices = std::set<pdata::device_id>{device}, .salvage = true}, sink, damage);
  survey.damage = std::move(damage.findings);
  if (!whole || sink.nr_devices() == 0) {
    // The first damage is that of the trees which name the devices.
    if (!survey.damage.empty())
      throw pdata::error(fmt::format("the metadata has no device {} any more: {}", device,
                                     pdata::describe(survey.damage.front())));
    pdata::silent_sink known;  // no damage was found before
    throw pdata::error(
        pdata::no_such_device(device, pdata::read_details(reader, layout, known).devices));
  }
  return survey;
}

std::uint64_t mapped_bytes(const volume_extent& extent, std::uint64_t block_bytes) {
  const auto size = pdata::checked_mul(extent.end, block_bytes);
  if (!size || *size > INT64_MAX)
    throw pdata::error(
        fmt::format("virtual block {} is mapped; give the volume's --size", extent.end - 1));
  return *size;
}

}  // namespace thin_tools
