#include "sim/explore/explore_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "thin-tools/page/markup.h"

namespace sim::explore {

using namespace thin_tools::page;

bool explore_report::is_good() const {
  return std::ranges::none_of(parts, [&](const explored& part) {
    return std::ranges::any_of(part.examples,
                               [&](const auto& e) { return expected.contains(e.first); });
  });
}

namespace {

std::string after_text(const counterexample& e) {
  return e.step.empty() ? to_string(e.after) : e.step;
}

std::string crash_text(const counterexample& e) {
  if (e.moment == 0) return "without a crash";
  return fmt::format("crash at moment {}{}: {}; {}", e.moment,
                     e.step.empty() ? " of the last operation" : "", e.event, e.state);
}

}  // namespace

namespace {

std::string head_of(const explored& part) {
  const auto& c = part.counts;
  const auto* const rest = part.is_complete ? "" : " (not all)";
  switch (part.of) {
    case explored_kind::scenario:
      return fmt::format("{}: {} commands{}\n", part.source, part.depth, rest);
    case explored_kind::trace:
      return fmt::format("{}: {} request{}{}\n", part.source, part.depth,
                         part.depth == 1 ? "" : "s", rest);
    case explored_kind::histories:
      break;
  }
  return fmt::format(
      "{}: {} histories up to {} operations{}, {} of them merged with equal states\n", part.source,
      c.histories, part.depth, rest, c.merged);
}

// Which moments of a trace were examined.
std::string choice_text(const explored& part) {
  if (part.of != explored_kind::trace) return {};
  std::uint64_t seen = 0;
  std::uint64_t chosen = 0;
  std::uint64_t examined = 0;
  for (const auto& m : part.moments) {
    seen += m.seen;
    chosen += m.chosen;
    examined += m.examined;
  }
  if (seen == examined) return fmt::format("  each of its {} moments was examined\n", seen);
  std::string text;
  if (chosen != seen) {
    text += fmt::format(
        "  {} of {} moments were chosen, spread evenly over each kind; a crash at another one was "
        "not tried\n",
        chosen, seen);
    for (const auto& m : part.moments)
      text += fmt::format("    {} of {} {}\n", m.chosen, m.seen, m.what);
  }
  if (examined != chosen)
    text += fmt::format("  {} of these {} were examined; then the exploration ended\n", examined,
                        chosen);
  return text;
}

}  // namespace

std::string to_text(const explore_report& report) {
  std::string text = fmt::format("dialect {}, sectors written whole: {}\n", report.dialect,
                                 report.torn_sectors * sector_bytes);
  for (const auto& part : report.parts) {
    const auto& c = part.counts;
    text += "\n" + head_of(part) + choice_text(part);
    for (const auto& remark : part.remarks) text += fmt::format("  the replay: {}\n", remark);
    text += fmt::format("  {} moments of a crash, {} of them with every state of the disks\n",
                        c.crashes.points, c.crashes.exhaustive_points);
    text += fmt::format(
        "  {} crash states, {} of them brought up and checked anew, the others "
        "equal to one of those in all that is read\n",
        c.crashes.states, c.crashes.new_states);
    if (c.crashes.leaking_states != 0)
      text += fmt::format("  leaks in {} states: at most {} metadata blocks and {} data blocks\n",
                          c.crashes.leaking_states, c.crashes.leaked_metadata_blocks,
                          c.crashes.leaked_data_blocks);
    for (const auto& [which, e] : part.examples) {
      text += fmt::format("  {}: {}: {}\n    after: {}\n    {}\n",
                          report.expected.contains(which) ? "VIOLATED" : "noted", name_of(which),
                          e.what.detail, after_text(e), crash_text(e));
    }
  }
  text += fmt::format("\n{}\n", report.is_good() ? "no violation" : "violations were found");
  return text;
}

std::string to_junit(const explore_report& report) {
  std::string cases;
  std::size_t nr_cases = 0;
  std::size_t nr_failures = 0;
  for (const auto& part : report.parts)
    for (const auto which : report.expected) {
      ++nr_cases;
      const auto name = escaped(fmt::format("{} {}", part.source, name_of(which)));
      const auto found = part.examples.find(which);
      if (found == part.examples.end()) {
        cases += fmt::format("  <testcase classname=\"explore\" name=\"{}\"/>\n", name);
        continue;
      }
      ++nr_failures;
      const auto& e = found->second;
      cases += fmt::format(
          "  <testcase classname=\"explore\" name=\"{}\">\n    <failure "
          "message=\"{}\">{}</failure>\n"
          "  </testcase>\n",
          name, escaped(e.what.detail),
          escaped(fmt::format("after: {}\n{}", after_text(e), crash_text(e))));
    }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"thin_sim explore\" tests=\"{}\" failures=\"{}\">\n{}</testsuite>\n",
      nr_cases, nr_failures, cases);
}

}  // namespace sim::explore
