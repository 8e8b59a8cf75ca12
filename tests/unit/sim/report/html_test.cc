// The page: self-contained, safe against names, and alive in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <regex>

#include "sim/report/html_chart.h"
#include "sim/report/html_page.h"
#include "sim/report/report_charts.h"
#include "tests/unit/sim/report/sample_report.h"

namespace sim::report {

namespace {

using testing::HasSubstr;
using testing::Not;

TEST(html, fetches_nothing) {
  const std::string page = to_html(sample_report());
  for (const char* fetch : {"http:", "https:", "src=", "href=", "@import", "url("})
    EXPECT_THAT(page, Not(HasSubstr(fetch)));
}

TEST(html, names_do_not_become_markup) {
  replay_report report = sample_report();
  report.name = "</script><script>alert(1)</script>";
  report.devices[0].name = "<img onerror=x>";
  report.events[0].text = "\"><b>";
  const std::string page = to_html(report);
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\"><b>\"")));
}

TEST(html, data_for_the_script_cannot_end_its_element) {
  const chart drawn{.title = {},
                    .unit = "</script>",
                    .lines = {{"<!--\xff", {1, 2}}},
                    .limit = {},
                    .times = {0, 1}};
  const std::string data = chart_data({drawn}, 1);
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, HasSubstr("\\u003c/script>"));
}

TEST(html, every_plot_has_lines_with_all_values) {
  const replay_report report = sample_report();
  const std::string page = to_html(report);
  std::size_t expected = 0;
  for (const chart& drawn : charts_of(report)) {
    expected += drawn.lines.size();
    for (const chart_line& line : drawn.lines)
      EXPECT_EQ(line.values.size() + (drawn.form == chart_form::bins ? 1 : 0), drawn.times.size())
          << drawn.title;
  }
  const std::regex line("class=\"line l[0-9]\" d=\"([^\"]*)\"");
  std::size_t lines = 0;
  for (std::sregex_iterator m(page.begin(), page.end(), line), end; m != end; ++m, ++lines) {
    const std::string path = (*m)[1];
    EXPECT_THAT(path, Not(HasSubstr("nan")));
    EXPECT_THAT(path, Not(HasSubstr("inf")));
  }
  EXPECT_EQ(lines, expected);
}

const chart& chart_named(const std::vector<chart>& charts, std::string_view title) {
  return *std::ranges::find(charts, title, &chart::title);
}

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(charts, bins_count_everything_once) {
  const replay_report report = sample_report();
  const auto charts = charts_of(report);
  EXPECT_EQ(sum_of(chart_named(charts, "Commits").lines[0].values), report.series.back().commits);
  EXPECT_EQ(sum_of(chart_named(charts, "Requests").lines[0].values), report.series.back().requests);
  const auto& shares = chart_named(charts, "Provisions and broken shares");
  EXPECT_EQ(sum_of(shares.lines[0].values), report.series.back().provisions);
  EXPECT_EQ(sum_of(shares.lines[1].values), report.series.back().broken_shares);
  const auto& writes = chart_named(charts, "Writes to the data device");
  double bytes = 0;
  for (const auto& line : writes.lines) bytes += sum_of(line.values) * (1 << 20);
  EXPECT_NEAR(bytes, static_cast<double>(report.series.back().data_written_bytes), 1);
}

// Hourly snapshots of a week would hide a plot behind their lines.
TEST(charts, many_marks_are_ticks) {
  const chart drawn{.title = "Data in use",
                    .unit = {},
                    .lines = {{"in use", {1, 2}}},
                    .limit = {},
                    .times = {0, 1000}};
  std::vector<chart_mark> marks{{500, mark_kind::crash}};
  for (int i = 0; i < 41; ++i) marks.push_back({i * 10.0, mark_kind::snapshot});
  const auto html = chart_html(drawn, 1000, marks, 0);
  EXPECT_THAT(html, HasSubstr("class=\"mark m0\" d=\"M0.0 950V1000M"));
  EXPECT_THAT(html, testing::ContainsRegex("class=\"mark m2\" d=\"M[0-9.]+ 0V1000\""));
}

TEST(charts, one_measurement_is_no_line) {
  replay_report report = sample_report();
  report.layout_over_time = {
      {.time_ns = 1'000'000'000, .adjacent_pairs = 9, .sequential_pairs = 3}};
  for (const auto& drawn : charts_of(report)) EXPECT_NE(drawn.title, "Sequential layout");
}

// Sixty commits in 74 seconds are about one a second, wherever the samples lie.
TEST(charts, few_commits_show_no_peak) {
  replay_report report;
  series_recorder recorder;
  series_point point;
  for (std::uint64_t ms = 0; ms < 74'000; ms += 7) {
    point.time_ns = ms * 1'000'000;
    point.commits = ms * 60 / 74'000;
    if (recorder.due(point.time_ns)) recorder.add(point);
  }
  point.commits = 60;
  recorder.finish(point);
  report.series = recorder.points();
  report.duration_ns = point.time_ns;
  const auto charts = charts_of(report);
  const auto& commits = chart_named(charts, "Commits");
  EXPECT_EQ(commits.unit, "commits in each 1 s");
  EXPECT_EQ(sum_of(commits.lines[0].values), 60);
  EXPECT_LE(std::ranges::max(commits.lines[0].values), 2);
}

TEST(charts, growth_is_a_step_of_the_capacity) {
  replay_report report = sample_report();
  for (auto& point : report.series)
    point.data_total = point.time_ns < 300'000'000'000 ? 40'000 : 60'000;
  const auto charts = charts_of(report);
  const auto& data = chart_named(charts, "Data in use");
  EXPECT_EQ(data.limit.front(), 40'000);
  EXPECT_EQ(data.limit.back(), 60'000);
  const auto html = chart_html(data, end_of(report), {}, 0);
  EXPECT_THAT(html, testing::ContainsRegex("class=\"limit\" d=\"M[^\"]*V[^\"]*\""));
}

TEST(heat_map, keeps_all_sectors_while_it_grows) {
  heat_map heat;
  std::uint64_t sectors = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    heat.add(i * i * 1'000'000, i * 100'003 % 7'000'000, 1 + i % 300);
    sectors += 1 + i % 300;
  }
  EXPECT_EQ(std::accumulate(heat.cells().begin(), heat.cells().end(), std::uint64_t{0}), sectors);
  EXPECT_GE(heat.column_ns() * heat_map::columns, 999u * 999 * 1'000'000);
  EXPECT_GE(heat.row_sectors() * heat_map::rows, 7'000'000u);
}

TEST(html, an_empty_report_is_a_page_too) {
  const std::string page = to_html({});
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

std::string browser() {
  for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser",
                           "/usr/bin/google-chrome", "/snap/bin/chromium"})
    if (::access(path, X_OK) == 0) return path;
  return {};
}

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  std::array<char, 4096> chunk;
  for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) != 0;)
    text.append(chunk.data(), got);
  ::pclose(pipe);
  return text;
}

// A second script, run after the page's own. It reads the numbers back from what is
// drawn, and moves a pointer over each plot.
constexpr std::string_view probe = R"js(<script>
window.problems = totals => {
  const wrong = [];
  const check = (ok, what) => { if (!ok) wrong.push(what); };
  // The corners of a path: [x, y] in the plot's coordinates.
  const corners = path => {
    const points = [];
    let x = 0, y = 0;
    for (const [, command, rest] of path.getAttribute('d').matchAll(/([MLHV])([^MLHV]*)/g)) {
      const numbers = rest.trim().split(' ').map(Number);
      if (command === 'H') x = numbers[0];
      else if (command === 'V') y = numbers[0];
      else [x, y] = numbers;
      points.push([x, y]);
    }
    return points;
  };
  const charts = JSON.parse(document.getElementById('chart-data').textContent);
  document.querySelectorAll('.plot[data-chart]').forEach(plot => {
    const chart = charts.charts[Number(plot.dataset.chart)];
    const drawn = [...plot.querySelectorAll('path.line')].map(corners);
    const highest = Math.max(...chart.lines.flatMap(line => line.values));
    const lowestY = Math.min(...drawn.flat().map(point => point[1]));
    chart.lines.forEach((line, n) => line.values.forEach((value, i) => {
      const y = drawn[n][chart.bins ? 2 * i : i][1];
      const shown = highest ? (1000 - y) / (1000 - lowestY) * highest : 0;
      check(Math.abs(shown - value) <= highest / 1000,
        chart.title + ' draws ' + shown + ' for ' + value);
    }));
    if (chart.title in totals) {
      const sum = chart.lines[0].values.reduce((a, b) => a + b, 0);
      check(Math.abs(sum - totals[chart.title]) < 1e-6, chart.title + ' sums up to ' + sum);
    }
    const box = plot.getBoundingClientRect();
    const middle = Math.floor(chart.lines[0].values.length / 2);
    const time = chart.bins ? (chart.times[middle] + chart.times[middle + 1]) / 2
                            : chart.times[middle];
    plot.dispatchEvent(new PointerEvent('pointermove',
      {clientX: box.left + box.width * time / charts.end, clientY: box.top + 5}));
    const exact = new Intl.NumberFormat('en', {maximumFractionDigits: 3});
    const said = plot.querySelector('.tip').textContent;
    check(said.includes(exact.format(chart.lines[0].values[middle])),
      chart.title + ' says ' + said);
    plot.dispatchEvent(new PointerEvent('pointerleave'));
  });
  document.querySelectorAll('.card').forEach(card => {
    const box = card.getBoundingClientRect();
    card.querySelectorAll('.left span, .below span').forEach(label => {
      const at = label.getBoundingClientRect();
      check(at.width === 0 || (at.left >= box.left - 0.5 && at.right <= box.right + 0.5 &&
        at.top >= box.top - 0.5 && at.bottom <= box.bottom + 0.5),
        'a label leaves its card: ' + label.textContent);
    });
  });
  document.querySelectorAll('*').forEach(element => {
    check(element.scrollWidth <= element.clientWidth + 1 || element.clientWidth === 0 ||
      !['auto', 'scroll'].includes(getComputedStyle(element).overflowX),
      element.tagName + ' scrolls sideways');
  });
  check(document.documentElement.scrollWidth <= window.innerWidth,
    'the page is wider than ' + window.innerWidth);
  const area = document.getElementById('map').getBoundingClientRect();
  document.querySelector('.map').dispatchEvent(new PointerEvent('pointermove',
    {clientX: area.left + 1, clientY: area.top + 1}));
  check(document.querySelector('.map .tip').textContent.includes('15 of 15 in use'), 'the map');
  check(document.querySelectorAll('.bar i').length > 3, 'the histogram');
  return wrong;
};
</script>)js";

// A page around it gives it the width of a phone, which a window cannot have.
std::string wrapped(const std::string& page, int width, const nlohmann::json& totals) {
  std::string text = nlohmann::json(page).dump();
  for (std::size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3)
    text.replace(at, 2, "<\\/");
  return "<!DOCTYPE html><html><body style=\"margin:0\"><script>const f = "
         "document.createElement('iframe');f.style.cssText='border:0;height:900px;width:" +
         std::to_string(width) + "px';f.onload = () => { const wrong = f.contentWindow.problems(" +
         totals.dump() +
         ");document.title = 'PROBE ' + (wrong.length ? wrong.slice(0, 5).join('; ') : "
         "'agrees');};" +
         "f.srcdoc = " + text + ";document.body.append(f);</script></body></html>";
}

TEST(html, a_browser_draws_the_numbers_on_desktop_and_phone) {
  const std::string program = browser();
  if (program.empty())
    GTEST_SKIP() << "NOT TESTED: no chromium here to open the page with (apt-get install chromium)";
  const auto report = sample_report();
  const auto& last = report.series.back();
  const nlohmann::json totals = {{"Commits", last.commits},
                                 {"Requests", last.requests},
                                 {"Provisions and broken shares", last.provisions},
                                 {"Metadata blocks written", last.metadata_blocks_written}};
  std::string page = to_html(report);
  page.insert(page.rfind("</body>"), probe);
  const std::string path = testing::TempDir() + "thin_sim_report.html";
  for (const int width : {1280, 700, 320}) {
    std::ofstream(path) << wrapped(page, width, totals);
    const std::string dom = output_of(
        program +
        " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --window-size=1300,900"
        " --virtual-time-budget=20000 --user-data-dir=" +
        testing::TempDir() + "thin_sim_browser --dump-dom 'file://" + path + "' 2>/dev/null");
    if (dom.empty()) GTEST_SKIP() << "NOT TESTED: chromium does not start here";
    const auto title = dom.find("<title>");
    EXPECT_NE(title, std::string::npos) << "the page's script did not run";
    if (title == std::string::npos) continue;
    EXPECT_EQ(dom.substr(title, dom.find("</title>") - title), "<title>PROBE agrees")
        << width << " pixels wide";
  }
}

}  // namespace

}  // namespace sim::report
