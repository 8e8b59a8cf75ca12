#include "thin-tools/volumes/volume_list.h"

#include <fmt/format.h>

#include <map>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/survey/device_names.h"

namespace thin_tools {

namespace {

std::string_view text_of(volume_grade grade) {
  switch (grade) {
    case volume_grade::whole:
      return "whole";
    case volume_grade::unproven:
      return "not proven";
    case volume_grade::damaged:
      return "damaged";
  }
  return "";
}

// Mappings that are missing by the device's details.
std::string missing_text(const volume_map& map) {
  return map.expected() ? std::to_string(map.nr_missing()) : "?";
}

std::string end_text(const volume_map& map, std::uint64_t block_bytes) {
  const auto end = pdata::checked_mul(map.extent().end, block_bytes);
  return end ? std::to_string(*end) : "?";
}

// Rows of a table; names come last, where there are any.
class table_writer {
 public:
  explicit table_writer(const device_namer& name_of) : name_of_(name_of) {}

  template <class Device, class Number, class Missing, class End>
  std::string row(const Device& device, const Number& mapped, const Missing& missing,
                  const End& end, std::string_view state, const std::string& name) const {
    const auto text =
        fmt::format("{:>8} {:>12} {:>12} {:>20}  {}", device, mapped, missing, end, state);
    return name.empty() ? text + "\n" : fmt::format("{:<68}{}\n", text, name);
  }
  std::string name_of(pdata::device_id device) const { return name_of_ ? name_of_(device) : ""; }
  std::string header() const {
    return row("DEV", "MAPPED", "MISSING", "END", "STATE", name_of_ ? "NAME" : "");
  }

 private:
  const device_namer& name_of_;
};

}  // namespace

volume_list list_volumes(pool_volumes& pool, const device_namer& name_of,
                         const std::set<pdata::device_id>& wanted) {
  volume_list list;
  const table_writer table(name_of);
  const auto is_wanted = [&](pdata::device_id device) {
    return wanted.empty() || wanted.contains(device);
  };
  std::map<pdata::device_id, std::string> rows;
  pool.read_all([&](pdata::device_id device, const volume_map& map) {
    const auto grade = pool.grade(map);
    rows[device] =
        table.row(device, map.extent().mapped_blocks, missing_text(map),
                  end_text(map, pool.block_bytes()), text_of(grade), table.name_of(device));
    if (!is_wanted(device)) return;
    if (grade == volume_grade::damaged) list.whole = false;
    list.losses += describe_losses(device, map, "is not there") + pool.remarks(device);
  });
  for (const auto& lost : pool.lost()) {
    if (is_wanted(lost.device)) list.whole = false;
    const auto expected = lost.expected ? std::to_string(*lost.expected) : "?";
    rows[lost.device] =
        table.row(lost.device, 0, expected, "?", "lost", table.name_of(lost.device));
  }
  for (const auto device : wanted)
    if (!rows.contains(device)) throw pdata::error(pdata::no_such_device(device, rows));
  list.table = table.header();
  for (const auto& [device, text] : rows)
    if (is_wanted(device)) list.table += text;
  return list;
}

}  // namespace thin_tools
