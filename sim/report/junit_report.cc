#include "sim/report/junit_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "thin-tools/page/markup.h"

namespace sim::report {

using namespace thin_tools::page;

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

// Line ends and tabs would be blanks in an attribute.
std::string attribute(std::string_view text) {
  std::string plain(text);
  for (char& c : plain)
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
  return escaped(plain);
}

std::string traces_text(const std::vector<std::string>& traces) {
  constexpr std::size_t traces_shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(traces.size(), traces_shown); ++i)
    text += (i == 0 ? "" : ", ") + traces[i];
  if (traces.size() > traces_shown)
    text += fmt::format(" and {} more", traces.size() - traces_shown);
  return text.empty() ? "no trace" : text;
}

// "TRACE", "TRACE, VARIANT"
std::string subject_of(const junit_run& run) {
  return traces_text(run.traces) + (run.variant.empty() ? "" : ", " + run.variant);
}

std::string case_xml(const checked& check, const std::string& subject, double seconds) {
  std::string xml =
      fmt::format("    <testcase classname=\"thin_sim.replay\" name=\"{}\" time=\"{:.3f}\"",
                  attribute(fmt::format("{} ({})", check.title, subject)), seconds);
  if (check.result == outcome::passed || check.result == outcome::allowed) return xml + "/>\n";
  const std::string_view kind = check.result == outcome::error ? "error" : "failure";
  return xml +
         fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                     kind, attribute(check.name),
                     attribute(check.text.substr(0, check.text.find('\n'))), escaped(check.text));
}

std::string suite_xml(const junit_run& run, std::size_t id, const std::string& host) {
  const auto& result = run.result;
  const std::string subject = subject_of(run);
  std::string out;
  for (const auto& text : result.texts(outcome::allowed)) out += "allowed: " + text + "\n";
  std::string err;
  for (const auto& text : result.failures()) err += text + "\n";
  std::string xml = fmt::format(
      "  <testsuite name=\"{}\" package=\"thin_sim.replay\" id=\"{}\" timestamp=\"{:%FT%T}\" "
      "hostname=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
      attribute("thin_sim replay " + subject), id,
      fmt::gmtime(static_cast<std::time_t>(run.time.started)), attribute(host),
      result.checks.size(), result.count(outcome::failed), result.count(outcome::error),
      run.time.seconds);
  xml += "    <properties>\n";
  for (const auto& trace : run.traces)
    xml += fmt::format("      <property name=\"trace\" value=\"{}\"/>\n", attribute(trace));
  if (!run.variant.empty())
    xml += fmt::format("      <property name=\"variant\" value=\"{}\"/>\n", attribute(run.variant));
  xml += "    </properties>\n";
  // All checks are made in one run: it is the first one's time.
  for (const auto& check : result.checks)
    xml += case_xml(check, subject, &check == &result.checks.front() ? run.time.seconds : 0);
  return xml + fmt::format(
                   "    <system-out>{}</system-out>\n    <system-err>{}</system-err>\n"
                   "  </testsuite>\n",
                   escaped(out), escaped(err));
}

}  // namespace

std::string to_junit(std::span<const junit_run> runs) {
  const std::string host = host_name();
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (std::size_t i = 0; i < runs.size(); ++i) xml += suite_xml(runs[i], i, host);
  return xml + "</testsuites>\n";
}

}  // namespace sim::report
