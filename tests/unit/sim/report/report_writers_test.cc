// JSON, CSV, text, merging and comparing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "persistent-data/base/error.h"
#include "sim/report/csv_text.h"
#include "sim/report/json_report.h"
#include "sim/report/report_values.h"
#include "sim/report/sweep.h"
#include "sim/report/text_summary.h"
#include "tests/unit/sim/report/sample_report.h"

namespace sim::report {

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

TEST(json_report, holds_every_value_under_its_name) {
  const replay_report report = sample_report();
  const json document = json::parse(to_json(report));
  EXPECT_EQ(document["format"], "thin_sim replay report");
  EXPECT_EQ(document["version"], 1);
  EXPECT_EQ(document["values"].size(), value_rows().size());
  for (const value_row& row : value_rows()) {
    const auto& value = document["values"][std::string(row.name)];
    if (value.is_null())
      EXPECT_TRUE(std::isinf(row.of(report).as_double())) << row.name;
    else
      EXPECT_EQ(value.get<double>(), row.of(report).as_double()) << row.name;
  }
  EXPECT_EQ(document["series"]["time_ns"].size(), report.series.size());
  EXPECT_EQ(document["series"]["commits"].back(), report.series.back().commits);
  EXPECT_EQ(document["data_map"].size(), report.data_map.size());
  EXPECT_EQ(document["data_map"].back()[3], nullptr);
  EXPECT_EQ(document["devices"][1]["name"], "snapshot of 0 at 10 min");
  EXPECT_EQ(document["expectations"][1]["holds"], false);
}

TEST(json_report, names_that_are_no_utf_8_are_still_json) {
  replay_report report;
  report.devices.push_back({.id = 1, .name = "\xff\xfe"});
  EXPECT_FALSE(json::parse(to_json(report), nullptr, false).is_discarded());
}

TEST(csv, the_series_has_a_line_for_each_sample) {
  const replay_report report = sample_report();
  const std::string text = series_csv(report);
  EXPECT_TRUE(text.starts_with("time_s,data_blocks,metadata_blocks,"));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), report.series.size() + 1);
  EXPECT_THAT(text, HasSubstr("\n0.000000000,"));
}

TEST(csv, fields_are_quoted_where_needed) {
  const std::vector<std::string> fields{"plain", "a,b", "say \"x\"", ""};
  EXPECT_EQ(csv_line(fields), "plain,\"a,b\",\"say \"\"x\"\"\",\n");
}

TEST(text_summary, says_what_happened) {
  const std::string text = text_summary(sample_report());
  for (const char* part : {"721,112 requests in 9 min 59 s of virtual time", "5,200 with FUA",
                           "provisions", "low water mark reached", "Damaged records: 2",
                           "everything agrees", "commits < 10: fails, it is 600",
                           "data_blocks_max <= 70000: holds", "(snapshot of 0 at 10 min)"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(text_summary, shows_no_control_characters_of_names) {
  replay_report report;
  report.devices.push_back({.id = 0, .name = "\x1b[31m"});
  EXPECT_THAT(text_summary(report), Not(HasSubstr("\x1b")));
}

json_input variant(const std::string& name, const std::string& size, std::uint64_t commits) {
  replay_report report;
  report.name = name;
  report.settings = {{"block-size", size}, {"trace", "x"}};
  report.work.commits = commits;
  return {name + ".json", to_json(report)};
}

TEST(sweep, reports_of_shards_are_merged_in_natural_order) {
  const std::vector<json_input> one{variant("block-size=128k", "128k", 2)};
  const std::vector<json_input> all{{"shard1", merge_reports(one)},
                                    variant("block-size=64k", "64k", 1),
                                    variant("block-size=1024k", "1024k", 3),
                                    {"again", merge_reports(one)}};
  const json merged = json::parse(merge_reports(all));
  ASSERT_EQ(merged["reports"].size(), 3u);
  EXPECT_EQ(merged["reports"][0]["name"], "block-size=64k");
  EXPECT_EQ(merged["reports"][2]["name"], "block-size=1024k");
}

std::string merge_message(const std::vector<json_input>& inputs) {
  try {
    merge_reports(inputs);
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(sweep, what_is_no_report_is_refused_by_name) {
  EXPECT_THAT(merge_message({{"f", "nonsense"}}), HasSubstr("'f' is not a report"));
  EXPECT_THAT(merge_message({{"f", "[]"}}), HasSubstr("no object"));
  EXPECT_THAT(merge_message({{"f", "{}"}}), HasSubstr("format"));
  EXPECT_THAT(merge_message({{"f", R"({"format":"thin_sim sweep"})"}}), HasSubstr("no reports"));
  EXPECT_THAT(merge_message({{"f", R"({"format":"thin_sim sweep","reports":[1]})"}}),
              HasSubstr("format"));
  EXPECT_THAT(merge_message({{"f", R"({"format":"thin_sim replay report","version":9})"}}),
              HasSubstr("expected version 1"));
  EXPECT_THAT(merge_message({{"f", R"({"format":"thin_sim replay report","version":1,"name":"x",)"
                                   R"("values":{"a":"b"},"settings":{}})"}}),
              HasSubstr("a is no number"));
  EXPECT_THAT(merge_message({variant("a", "1", 1), variant("a", "1", 2)}),
              HasSubstr("another report named 'a'"));
}

TEST(sweep, the_table_compares_what_differs) {
  const std::vector<json_input> all{variant("a", "64k", 1234567), variant("b", "512k", 7)};
  const json_input merged{"merged", merge_reports(all)};
  const std::string table = comparison_table(merged);
  EXPECT_THAT(table, HasSubstr("block-size"));
  EXPECT_THAT(table, Not(HasSubstr("trace")));
  EXPECT_THAT(table, HasSubstr("1,234,567"));
  EXPECT_EQ(std::ranges::count(table, '\n'), 3);
  const std::string csv = comparison_csv(merged);
  EXPECT_TRUE(csv.starts_with("name,block-size,trace,duration_s,"));
  EXPECT_THAT(csv, HasSubstr("\na,64k,x,"));
}

}  // namespace

}  // namespace sim::report
