#include "thin-tools/repair/output/repair_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

#include "thin-tools/console/json_report.h"
#include "thin-tools/console/number_json.h"

namespace thin_tools {

using json = nlohmann::ordered_json;

namespace {

std::string range_text(const pdata::key_range& range) {
  if (range.begin == 0 && !range.end) return "all virtual blocks";
  if (!range.end) return fmt::format("virtual blocks from {} on", range.begin);
  return fmt::format("virtual blocks {} to {}", range.begin, *range.end - 1);
}

// Nothing where there are none.
std::string count_line(const recovered_device& device, std::string_view before, std::uint64_t nr,
                       std::string_view what) {
  if (nr == 0) return "";
  return fmt::format("device {}: {}{} mappings {}\n", device.id, before, nr, what);
}

std::string losses_of(const recovered_device& device) {
  std::string text;
  if (device.expected && *device.expected > device.nr_kept() && !device.complete())
    text += fmt::format("device {}: LOST {} of {} mappings\n", device.id,
                        *device.expected - device.nr_kept(), *device.expected);
  for (const auto& range : device.lost)
    text += fmt::format("device {}: LOST what was mapped in {}: {}\n", device.id,
                        range_text(range.blocks), range.reason);
  if (device.nr_lost_ranges > device.lost.size())
    text += fmt::format("device {}: LOST what was mapped in {} range(s) of virtual blocks{}\n",
                        device.id, device.nr_lost_ranges - device.lost.size(),
                        device.lost.empty() ? ", too many to name" : " more, too many to name");
  text += count_line(device, "", device.nr_agreed,
                     "were kept because all subtrees agree on them that may belong there; where "
                     "these differ nothing was kept");
  text += count_line(device, "", device.nr_likely,
                     "are likely, not sure: older copies of lost leaves have them");
  text += count_line(device, "LOST ", device.nr_dropped,
                     "that cannot be true, or of which one cannot be: to data blocks that are "
                     "beyond the data device, free, or mapped more often than they are counted, or "
                     "younger than the pool");
  text += count_line(device, "", device.nr_reused,
                     "lead to data blocks that the superblock's state maps elsewhere: the later of "
                     "the two states has its data there");
  for (const auto& guess : device.guesses)
    text += fmt::format("device {}: guessed: {}\n", device.id, guess);
  return text;
}

std::string general_losses(const repair_plan& plan) {
  std::string text;
  for (const auto& device : plan.lost_devices)
    text += fmt::format("device {}: LOST as a whole{}: {}\n", device.id,
                        device.expected ? fmt::format(" ({} mappings)", *device.expected) : "",
                        device.reason);
  for (const auto& loss : plan.losses) text += fmt::format("LOST: {}\n", loss);
  for (const auto& guess : plan.guesses) text += fmt::format("guessed: {}\n", guess);
  return text;
}

// Why it is not proven that all is there.
std::string doubts_of(const repair_plan& plan) {
  std::string text;
  for (const auto& reason : plan.unproven) text += fmt::format("not proven: {}\n", reason);
  return text;
}

std::string verdict_of(const repair_plan& plan) {
  if (plan.lost_something()) return "Something was lost. ";
  if (!plan.unproven.empty())
    return "No mapping is known to be missing; that none is was not proven, for the reasons "
           "above. ";
  return "Nothing was lost. ";
}

std::string advice(const std::string& input) {
  return fmt::format(
      "Keep '{}' until the result has proven good: another repair can start from it only.\n",
      input);
}

json range_json(const pdata::key_range& range) {
  return {{"begin", range.begin}, {"end", range.end ? json(*range.end) : json(nullptr)}};
}

json device_json(const recovered_device& device) {
  json lost = json::array();
  for (const auto& range : device.lost) {
    json entry = range_json(range.blocks);
    entry["reason"] = range.reason;
    lost.push_back(entry);
  }
  return {{"dev_id", device.id},
          {"kept", device.nr_kept()},
          {"expected", device.expected ? json(*device.expected) : json(nullptr)},
          {"regained", device.nr_regained},
          {"agreed", device.nr_agreed},
          {"likely", device.nr_likely},
          {"impossible", device.nr_dropped},
          {"reused", device.nr_reused},
          {"complete", device.complete()},
          {"lost", lost},
          {"lost_ranges", device.nr_lost_ranges},
          {"guessed", device.guesses}};
}

}  // namespace

std::string pool_loss_lines(const repair_plan& plan) {
  return general_losses(plan) + doubts_of(plan);
}

std::string loss_report(const repair_plan& plan, const std::string& input) {
  std::string text = general_losses(plan);
  for (const auto& device : plan.devices) text += losses_of(device);
  text += doubts_of(plan);
  if (!text.empty()) text += advice(input);
  return text;
}

std::string full_report(const repair_plan& plan, const std::string& input) {
  std::string text;
  for (const auto& note : plan.notes) text += note + "\n";
  text += general_losses(plan);
  for (const auto& device : plan.devices) {
    text += fmt::format("device {}: kept {} mappings{}\n", device.id, device.nr_kept(),
                        device.nr_regained != 0
                            ? fmt::format(", {} of them regained from subtrees without a parent",
                                          device.nr_regained)
                            : "");
    text += losses_of(device);
  }
  text += doubts_of(plan);
  const auto grades = plan.grades();
  if (grades.nr_likely != 0 || grades.nr_left_out != 0)
    text += fmt::format("mappings: {} sure, {} likely, {} left out\n", grades.nr_sure,
                        grades.nr_likely, grades.nr_left_out);
  text += fmt::format("transaction id {}{}, time {}, {} data blocks of {} sectors\n",
                      plan.superblock.transaction_id,
                      plan.transaction_guessed ? " (guessed by the newest device's)" : "",
                      plan.superblock.time, plan.superblock.nr_data_blocks,
                      plan.superblock.data_block_size);
  return text + verdict_of(plan) + advice(input);
}

std::string report_json(const repair_plan& plan, const std::string& input,
                        const std::string& output) {
  json devices = json::array();
  for (const auto& device : plan.devices) devices.push_back(device_json(device));
  json lost_devices = json::array();
  for (const auto& device : plan.lost_devices)
    lost_devices.push_back({{"dev_id", device.id},
                            {"expected", device.expected ? json(*device.expected) : json(nullptr)},
                            {"reason", device.reason}});
  const auto& pool = plan.superblock;
  const auto grades = plan.grades();
  const json document{
      {"format", "thin_repair report"},
      {"version", json_report_version},
      {"input", input},
      {"output", output},
      {"lost_something", plan.lost_something()},
      {"account_closed", plan.account_closed()},
      {"unproven", plan.unproven},
      {"grades",
       {{"sure", grades.nr_sure}, {"likely", grades.nr_likely}, {"left_out", grades.nr_left_out}}},
      {"superblock",
       {{"transaction", pool.transaction_id},
        {"transaction_guessed", plan.transaction_guessed},
        {"time", pool.time},
        {"data_block_size", pool.data_block_size},
        {"nr_data_blocks", pool.nr_data_blocks}}},
      {"devices", devices},
      {"lost_devices", lost_devices},
      {"losses", plan.losses},
      {"guessed", plan.guesses},
      {"notes", plan.notes}};
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace thin_tools
