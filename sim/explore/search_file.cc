#include "sim/explore/search_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include "persistent-data/base/error.h"
#include "sim/explore/explore_json.h"
#include "sim/run/text_file.h"
#include "thin-tools/files/output_file.h"

namespace sim::explore {

using nlohmann::ordered_json;

namespace {

constexpr std::string_view file_format = "thin_sim explore search";
constexpr int file_version = 1;

ordered_json nodes_to_json(const std::vector<search_state::node>& nodes) {
  ordered_json all = ordered_json::array();
  for (const auto& n : nodes) {
    ordered_json done = ordered_json::array();
    for (const auto& op : n.done)
      done.push_back({static_cast<unsigned>(op.what), op.device, op.at_last ? 1 : 0});
    all.push_back({done, n.next});
  }
  return all;
}

std::vector<search_state::node> nodes_from_json(const ordered_json& from) {
  std::vector<search_state::node> nodes;
  for (const auto& each : from) {
    search_state::node n;
    for (const auto& op : each.at(0)) {
      const auto what = op.at(0).get<unsigned>();
      if (what >= nr_verbs) throw pdata::error("an operation that is not known");
      n.done.push_back(
          {static_cast<verb>(what), op.at(1).get<std::uint8_t>(), op.at(2).get<int>() != 0});
    }
    n.next = each.at(1).get<std::vector<std::uint16_t>>();
    nodes.push_back(std::move(n));
  }
  return nodes;
}

ordered_json state_to_json(const search_state& state) {
  ordered_json seen = ordered_json::array();
  for (const auto& h : state.seen) seen.push_back({h.low, h.high});
  return {{"depth", state.depth},
          {"over", state.is_over},
          {"next_node", state.next_node},
          {"counts", counts_to_json(state.counts)},
          {"violations", examples_to_json(state.examples, state.counts, {}, {})},
          {"frontier", nodes_to_json(state.frontier)},
          {"found", nodes_to_json(state.found)},
          {"seen", seen}};
}

void state_from_json(const ordered_json& from, search_state& to) {
  to.depth = from.at("depth").get<unsigned>();
  to.is_over = from.at("over").get<bool>();
  to.next_node = from.at("next_node").get<std::size_t>();
  explored part;
  part.counts = counts_from_json(from.at("counts"));
  examples_from_json(from.at("violations"), part);
  to.counts = part.counts;
  to.examples = part.examples;
  to.frontier = nodes_from_json(from.at("frontier"));
  to.found = nodes_from_json(from.at("found"));
  for (const auto& h : from.at("seen"))
    to.seen.insert({h.at(0).get<std::uint64_t>(), h.at(1).get<std::uint64_t>()});
  if (to.next_node > to.frontier.size()) throw pdata::error("a place behind the end");
}

}  // namespace

thin_tools::pass admit_search(const std::string& path, thin_tools::use how) {
  return thin_tools::admit({"saved search", path, how});
}

void save_searches(const std::string& path, const std::string& settings,
                   std::span<const search_state> states) {
  ordered_json all{{"format", file_format}, {"version", file_version}, {"settings", settings}};
  for (const auto& state : states) all["searches"].push_back(state_to_json(state));
  thin_tools::output_file file(admit_search(path, thin_tools::use::replace));
  file.write(all.dump() + "\n");
  file.commit();
}

bool load_searches(const std::string& path, const std::string& settings,
                   std::span<search_state> states) {
  if (::access(path.c_str(), F_OK) != 0) return false;
  const auto text = read_text_file(admit_search(path, thin_tools::use::read));
  try {
    const auto all = ordered_json::parse(text);
    if (all.at("format") != file_format || all.at("version") != file_version)
      throw pdata::error("another format or version");
    if (all.at("settings") != settings)
      throw pdata::error("it was begun with other options: " +
                         all.at("settings").get<std::string>());
    const auto& searches = all.at("searches");
    if (searches.size() != states.size()) throw pdata::error("another number of pools");
    for (std::size_t i = 0; i < states.size(); ++i) state_from_json(searches.at(i), states[i]);
  } catch (const std::exception& e) {
    throw pdata::error(fmt::format("'{}' cannot be gone on with: {}", path, e.what()));
  }
  return true;
}

}  // namespace sim::explore
