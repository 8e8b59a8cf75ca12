// The parts that collect: named values, expectations, series, runs, the map.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <fstream>
#include <set>

#include "persistent-data/base/error.h"
#include "sim/report/expectation.h"
#include "sim/report/value_text.h"
#include "tests/support/tests_folder.h"
#include "tests/unit/sim/report/sample_report.h"

namespace sim::report {

namespace {

using testing::HasSubstr;

double value(const replay_report& report, std::string_view name) {
  return find_value(name)->of(report).as_double();
}

std::string message_of(std::string_view expression) {
  try {
    parse_expectation(expression);
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "accepted";
}

bool holds(std::string_view expression, const replay_report& report) {
  return evaluate(parse_expectation(expression), report).holds;
}

TEST(report_values, names_are_unique_and_documented) {
  std::ifstream file(test_support::tests_folder() + "/../sim/report/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)), {});
  std::set<std::string_view> names;
  for (const value_row& row : value_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_THAT(readme, HasSubstr("| `" + std::string(row.name) + "` |"));
  }
}

TEST(report_values, ratios_of_nothing_are_zero) {
  const replay_report empty;
  for (const value_row& row : value_rows())
    if (row.name != "block_bytes") {
      EXPECT_EQ(row.of(empty).as_double(), 0) << row.name;
    }
}

TEST(report_values, amplification_relates_writes_to_those_of_the_trace) {
  replay_report report;
  report.requests.written_bytes = 1'000'000;
  report.work.data_written_bytes = 2'500'000;
  report.work.metadata_blocks_written = 100;
  EXPECT_DOUBLE_EQ(value(report, "data_write_amplification"), 2.5);
  EXPECT_DOUBLE_EQ(value(report, "metadata_write_amplification"), 0.4096);
}

TEST(expectation, every_operator_compares) {
  replay_report report;
  report.data.used = 70000;
  for (const char* good : {"data_blocks <= 70000", "data_blocks>=70000", "data_blocks == 7e4",
                           "data_blocks != 1", "data_blocks < 70000.5", "  data_blocks > 69999 "})
    EXPECT_TRUE(holds(good, report)) << good;
  for (const char* bad : {"data_blocks < 70000", "data_blocks > 70000", "data_blocks != 70000",
                          "data_blocks == 70001", "data_blocks <= 69999", "data_blocks >= 70001"})
    EXPECT_FALSE(holds(bad, report)) << bad;
}

TEST(expectation, mistakes_are_explained) {
  EXPECT_EQ(message_of("data_block <= 7"),
            "Expectation 'data_block <= 7': no value is called 'data_block'. Most like it: "
            "data_blocks, data_blocks_max, metadata_blocks");
  EXPECT_THAT(message_of("data_blocks"), HasSubstr("expected 'NAME OP NUMBER'"));
  EXPECT_THAT(message_of("data_blocks = 7"), HasSubstr("unknown operator"));
  EXPECT_THAT(message_of("data_blocks < many"), HasSubstr("'many' is not a number"));
  EXPECT_THAT(message_of("data_blocks < "), HasSubstr("is not a number"));
  EXPECT_THAT(message_of("data_blocks < inf"), HasSubstr("is not a number"));
  EXPECT_THAT(message_of("< 5"), HasSubstr("no value is called ''"));
  EXPECT_THAT(message_of(""), HasSubstr("expected"));
}

TEST(expectation, a_sign_makes_it_relative_to_a_baseline) {
  replay_report report;
  report.work.provisions = 106;
  const auto holds = [&](const char* text, double base) {
    return evaluate(parse_expectation(text), report, {{"provisions", base}}).holds;
  };
  EXPECT_FALSE(holds("provisions <= +5%", 100));
  EXPECT_TRUE(holds("provisions <= +6%", 100));
  EXPECT_TRUE(holds("provisions <= +5%", 101));
  EXPECT_TRUE(holds("provisions <= +6", 100));
  EXPECT_FALSE(holds("provisions < -5%", 106));
  EXPECT_TRUE(holds("provisions <= -50%", 212));
  EXPECT_EQ(evaluate(parse_expectation("provisions <= +5%"), report, {{"provisions", 100}}).limit,
            105);
  EXPECT_THROW(evaluate(parse_expectation("provisions <= +5%"), report, {}), pdata::error);
  for (const char* wrong :
       {"provisions <= 5%", "provisions <= +%", "provisions <= +-5", "provisions <= ++5"})
    EXPECT_THROW(parse_expectation(wrong), pdata::error) << wrong;
}

TEST(series_recorder, keeps_few_points_over_any_time) {
  EXPECT_TRUE(rc::check([] {
    series_recorder recorder;
    series_point point;
    const auto steps = *rc::gen::inRange(1, 8000);
    const auto step_ns = *rc::gen::inRange<std::uint64_t>(1, 1'000'000'000'000);
    for (int i = 0; i < steps; ++i) {
      point.time_ns += step_ns;
      ++point.requests;
      if (recorder.due(point.time_ns)) recorder.add(point);
    }
    recorder.finish(point);
    RC_ASSERT(recorder.points().size() <= series_recorder::points_max + 1);
    RC_ASSERT(recorder.points().back() == point);
    for (std::size_t i = 1; i < recorder.points().size(); ++i)
      RC_ASSERT(recorder.points()[i - 1].time_ns < recorder.points()[i].time_ns);
  }));
}

TEST(series_recorder, dense_samples_stay_even) {
  series_recorder recorder;
  series_point point;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    point.time_ns = i * 100'000;
    if (recorder.due(point.time_ns)) recorder.add(point);
  }
  EXPECT_GE(recorder.points().size(), series_recorder::points_max / 5);
  for (std::size_t i = 1; i < recorder.points().size(); ++i)
    EXPECT_EQ(recorder.points()[i].time_ns - recorder.points()[i - 1].time_ns,
              recorder.interval_ns());
}

TEST(fragmentation_meter, runs_end_where_either_device_jumps) {
  fragmentation_meter meter;
  meter.begin_device();
  for (const auto& [thin, data] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 10}, {1, 11}, {2, 12}, {3, 20}, {5, 21}, {6, 22}})
    meter.mapping(thin, data);
  meter.begin_device();
  meter.mapping(7, 23);
  const fragmentation found = meter.finish();
  EXPECT_EQ(found.mapped_blocks, 7u);
  EXPECT_EQ(found.runs, 4u);
  EXPECT_EQ(found.longest_run, 3u);
  EXPECT_EQ(found.adjacent_pairs, 4u);
  EXPECT_EQ(found.sequential_pairs, 3u);
  ASSERT_EQ(found.by_length.size(), 2u);
  EXPECT_EQ(found.by_length[0].runs, 2u);
  EXPECT_EQ(found.by_length[1].runs, 2u);
  EXPECT_EQ(found.by_length[1].blocks, 5u);
}

TEST(value_text, is_as_people_write_it) {
  EXPECT_EQ(value_text(report_number::of(13'191'330.955), ""), "13,191,331");
  EXPECT_EQ(value_text(report_number::of(1e19), "s"), "more than 300 years");
}

}  // namespace

}  // namespace sim::report
