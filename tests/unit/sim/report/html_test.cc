// The page: self-contained, safe against names, and alive in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <regex>

#include "sim/report/html_chart.h"
#include "sim/report/html_page.h"
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
  const chart drawn{.title = {}, .unit = "</script>", .lines = {{"<!--\xff", {1, 2}}}};
  const std::string data = chart_data({drawn}, {0, 1});
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_THAT(data, HasSubstr("\\u003c/script>"));
}

TEST(html, every_plot_has_a_line_with_all_samples) {
  const replay_report report = sample_report();
  const std::string page = to_html(report);
  const std::regex line("class=\"line l[0-9]\" d=\"([^\"]*)\"");
  int lines = 0;
  for (std::sregex_iterator m(page.begin(), page.end(), line), end; m != end; ++m, ++lines) {
    const std::string path = (*m)[1];
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(path, 'L')), report.series.size() - 1);
    EXPECT_THAT(path, Not(HasSubstr("nan")));
    EXPECT_THAT(path, Not(HasSubstr("inf")));
  }
  EXPECT_EQ(lines, 9);
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

// A second script, run after the page's own, moves a pointer over each plot and
// over the map, and writes what it found into the title.
constexpr std::string_view probe = R"js(<script>
const found = [];
document.querySelectorAll('.plot[data-chart]').forEach(plot => {
  const box = plot.getBoundingClientRect();
  plot.dispatchEvent(new PointerEvent('pointermove',
    {clientX: box.left + box.width / 2, clientY: box.top + 5}));
  const line = plot.querySelector('path.line').getBBox();
  found.push(plot.classList.contains('on') && plot.querySelector('.tip').textContent.length > 4 &&
    line.width > 500 && line.height > 20);
});
const area = document.getElementById('map').getBoundingClientRect();
document.querySelector('.map').dispatchEvent(new PointerEvent('pointermove',
  {clientX: area.left + 3, clientY: area.top + 3}));
const tip = document.querySelector('.map .tip').textContent;
const bars = document.querySelectorAll('.bar i').length;
const wide = document.documentElement.scrollWidth <= window.innerWidth;
document.title = 'PROBE ' + found.join(' ') + ' | ' + tip + ' | ' + (bars > 3) + ' ' + wide;
</script>)js";

TEST(html, a_browser_draws_all_plots_and_answers_the_pointer) {
  const std::string program = browser();
  if (program.empty())
    GTEST_SKIP() << "NOT TESTED: no chromium here to open the page with (apt-get install chromium)";
  std::string page = to_html(sample_report());
  page.insert(page.rfind("</body>"), probe);
  const std::string path = testing::TempDir() + "thin_sim_report.html";
  std::ofstream(path) << page;
  for (const char* size : {"1280,900", "500,900"}) {
    const std::string dom = output_of(
        program + " --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --window-size=" +
        size + " --user-data-dir=" + testing::TempDir() + "thin_sim_browser --dump-dom 'file://" +
        path + "' 2>/dev/null");
    if (dom.empty()) GTEST_SKIP() << "NOT TESTED: chromium does not start here";
    EXPECT_THAT(dom,
                HasSubstr("<title>PROBE true true true true true true true true | blocks 0 to 14"
                          "15 of 15 in use, mostly by device 00 shared | true true</title>"));
  }
}

}  // namespace

}  // namespace sim::report
