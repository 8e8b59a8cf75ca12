// What an exploration has found: as text, JSON and JUnit XML.
#pragma once

#include <string>
#include <vector>

#include "sim/explore/search.h"

namespace sim::explore {

inline constexpr std::string_view report_format = "thin_sim explore report";
inline constexpr int report_version = 1;

enum class explored_kind : std::uint8_t { histories, scenario, trace };

// Of one kind of moment in a trace: how many there were, how many of them were chosen, and how
// many were examined before the exploration ended.
struct chosen_moments {
  std::string what;
  std::uint64_t seen = 0;
  std::uint64_t chosen = 0;
  std::uint64_t examined = 0;
};

struct explored {
  explored_kind of = explored_kind::histories;
  std::string source;       // of the histories: "tiny", or the name of a scenario or trace
  std::string alphabet;     // the operations' names
  std::uint64_t depth = 0;  // the longest histories' operations; commands, or requests
  bool is_complete = true;  // false: interrupted, or ended at a violation
  search_counts counts;
  std::vector<chosen_moments> moments;  // of a trace
  std::vector<std::string> remarks;     // what the replay of a trace would fail for
  std::map<invariant, counterexample> examples;
  std::map<invariant, std::string> scenarios;  // that show the violation
};

struct explore_report {
  std::string dialect;
  sector torn_sectors = 1;
  std::uint64_t max_states = 0;
  std::set<invariant> expected;
  std::vector<explored> parts;

  bool is_good() const;
};

// Also of one that to_json wrote: throws pdata::error naming `source` for any other
// text.
explore_report report_from_json(const std::string& source, const std::string& text);
bool is_explore_report(const std::string& text);

// Reports of shards, or of different pools, as one: the parts of one source are
// added up. Throws pdata::error where they are of different explorations.
explore_report merge_reports(std::vector<explore_report> reports);

std::string to_text(const explore_report& report);
std::string to_json(const explore_report& report);
std::string to_junit(const explore_report& report);

}  // namespace sim::explore
