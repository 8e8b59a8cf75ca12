#include "thin-tools/rmap/rmap.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "persistent-data/base/run_joiner.h"
#include "thin-tools/console/json_report.h"
#include "thin-tools/text/parallel_text.h"

namespace thin_tools {

using namespace pdata;

namespace {

// Runs that do not differ in it differ in their devices.
template <class Run>
std::pair<data_block, std::uint64_t> place_of(const Run& run) {
  if constexpr (std::is_same_v<Run, reverse_run>)
    return {run.data_begin, run.length};
  else
    return {run.data_begin(), run.length()};
}

std::pair<device_id, thin_block> user_of(const reverse_run& run) {
  return {run.device, run.thin_begin};
}

}  // namespace

reverse_map::reverse_map(batch_reader& reader, const pool_layout& layout,
                         const std::vector<region>& regions, damage_sink& sink)
    : reverse_map(reader, layout, read_top_level(reader, layout, sink), regions, sink) {}

reverse_map::reverse_map(batch_reader& reader, const pool_layout& layout, const top_level& table,
                         const std::vector<region>& regions, damage_sink& sink)
    : regions_(regions),
      forest_(reader, layout, table.roots),
      by_worker_(reader.nr_workers(), leaf_runs(regions_.nr_parts())) {
  const bool good = forest_.read_leaves(
      [&](const owned_leaf& leaf) { by_worker_[leaf.worker].collect(leaf, regions_); }, sink);
  damaged_ = !good || table.damaged();
  join_edges();
}

static bool join(reverse_run& open, const reverse_run& next) {
  const bool joins = open.device == next.device &&
                     open.thin_begin + open.length == next.thin_begin &&
                     open.data_begin + open.length == next.data_begin;
  if (joins) open.length += next.length;
  return joins;
}

// The same run for each device that has it.
void reverse_map::expand(const leaf_run& run, std::vector<reverse_run>& to) const {
  forest_.owners(run.owners()).for_each([&](std::uint32_t owner) {
    to.push_back({run.data_begin(), run.length(), forest_.devices()[owner], run.thin_begin()});
  });
}

// Runs of one device that go on from one leaf to the next become one.
void reverse_map::join_edges() {
  for (const auto& runs : by_worker_)
    for (const auto& run : runs.edges()) expand(run, joined_);
  std::ranges::sort(joined_, {}, user_of);
  const auto pieces = std::exchange(joined_, {});
  auto joiner =
      pdata::join_runs<reverse_run>([this](const reverse_run& run) { joined_.push_back(run); });
  for (const auto& piece : pieces) joiner.add(piece);
  joiner.finish();
  std::ranges::sort(joined_, {},
                    [](const reverse_run& run) { return std::pair(place_of(run), user_of(run)); });
}

std::span<const reverse_run> reverse_map::joined(std::size_t part) const {
  const auto within = std::ranges::equal_range(joined_, part, {}, [&](const reverse_run& run) {
    return regions_.part_of(*regions_.find(run.data_begin), run.data_begin);
  });
  return {within.begin(), within.end()};
}

std::size_t reverse_map::first_part() const {
  for (std::size_t part = 0; part < nr_parts(); ++part) {
    const auto found_here = [&](const leaf_runs& runs) { return !runs.inner(part).empty(); };
    if (std::ranges::any_of(by_worker_, found_here) || !joined(part).empty()) return part;
  }
  return nr_parts();
}

void reverse_map::visit(std::size_t part, const reverse_run_visitor& visit) const {
  std::vector<std::vector<leaf_run>> lists;
  for (const auto& runs : by_worker_) lists.push_back(runs.inner(part).unpacked());
  const auto sorted =
      sorted_by_place(std::vector<std::span<const leaf_run>>(lists.begin(), lists.end()));
  const auto edges = joined(part);
  std::vector<reverse_run> same_place;
  auto inner = sorted.begin();
  auto edge = edges.begin();
  while (inner != sorted.end() || edge != edges.end()) {
    const bool edge_next =
        inner == sorted.end() || (edge != edges.end() && place_of(*edge) < place_of(*inner));
    const auto place = edge_next ? place_of(*edge) : place_of(*inner);
    same_place.clear();
    for (; inner != sorted.end() && place_of(*inner) == place; ++inner) expand(*inner, same_place);
    for (; edge != edges.end() && place_of(*edge) == place; ++edge) same_place.push_back(*edge);
    if (same_place.size() > 1) std::ranges::sort(same_place, {}, user_of);
    for (const auto& run : same_place) visit(run);
  }
}

void write_text(const reverse_map& found, text_sink& to) {
  write_parts(to, found.nr_parts(), [&](std::size_t part, text_buffer& out) {
    found.visit(part, [&](const reverse_run& run) {
      out << "data " << run.data_begin << ".." << run.data_begin + run.length << " -> thin("
          << run.device << ") " << run.thin_begin << ".." << run.thin_begin + run.length << "\n";
    });
  });
}

void write_json(const reverse_map& found, text_sink& to) {
  text_buffer frame(to);
  frame << "{\n  " << json_head("thin_rmap report")
        << ",\n  \"complete\": " << (found.is_damaged() ? "false" : "true")
        << ",\n  \"mappings\": [";
  frame.finish();
  const std::size_t first_part = found.first_part();
  write_parts(to, found.nr_parts(), [&](std::size_t part, text_buffer& out) {
    const char* separator = part == first_part ? "\n    " : ",\n    ";
    found.visit(part, [&](const reverse_run& run) {
      out << separator << "{\"data_begin\": " << run.data_begin
          << ", \"data_end\": " << run.data_begin + run.length << ", \"dev_id\": " << run.device
          << ", \"thin_begin\": " << run.thin_begin
          << ", \"thin_end\": " << run.thin_begin + run.length << "}";
      separator = ",\n    ";
    });
  });
  frame << (first_part == found.nr_parts() ? "]\n}\n" : "\n  ]\n}\n");
  frame.finish();
}

}  // namespace thin_tools
