// What fails a run, and that every output says the same.
#include "sim/report/verdict.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/report/column_words.h"
#include "sim/report/html_page.h"
#include "sim/report/json_report.h"
#include "sim/report/junit_report.h"
#include "sim/report/sweep.h"
#include "sim/report/text_summary.h"
#include "tests/unit/sim/report/sample_report.h"

namespace sim::report {

namespace {

using testing::HasSubstr;
using testing::Not;

replay_report sound() {
  replay_report r = sample_report();
  r.requests.failed = 0;
  r.expectations.pop_back();
  r.records = 700'000;
  return r;
}

// All outputs of a report, against what it must be.
void expect_verdict(const replay_report& r, bool good, const std::string& said) {
  EXPECT_EQ(judge(r).good(), good) << said;
  const auto document = nlohmann::json::parse(to_json(r));
  EXPECT_EQ(document["verdict"]["good"], good) << said;
  const junit_run run{r.name, r.traces, judge(r), {}};
  EXPECT_EQ(to_junit({&run, 1}).find("<failure") == std::string::npos &&
                to_junit({&run, 1}).find("<error") == std::string::npos,
            good)
      << said;
  const auto page = to_html(r);
  EXPECT_EQ(page.find("<h1 class=\"bad\">") == std::string::npos, good) << said;
  const auto text = text_summary(r);
  EXPECT_THAT(text, HasSubstr(good ? "Verdict: good" : "Verdict: FAILED"));
  EXPECT_EQ(judge_sweep({"r", to_json(r)}, {}).good(), good) << said;
  if (said.empty()) return;
  for (const auto& output : {to_json(r), to_junit({&run, 1}), page, text})
    EXPECT_THAT(output, HasSubstr(said));
}

struct finding {
  const char* allowance;
  void (*plant)(replay_report&);
  const char* said;
};

const finding findings[] = {
    {"nothing-replayed", [](replay_report& r) { r.requests = {}; }, "nothing was replayed"},
    {"damaged-records",
     [](replay_report& r) {
       r.records = 1000;
       r.damaged_records = 2;
     },
     "2 of 1,000 records are damaged (0.2 %)"},
    {"lost-records", [](replay_report& r) { r.lost_records = 1; }, "1 record of the trace is lost"},
    {"lost-records",
     [](replay_report& r) {
       r.lost_records = 9;
       r.assumed.lost_by_processor = {{"", 3, 9}};
     },
     "9 records of the trace are lost: 9 on processor 3"},
    {"lost-records",
     [](replay_report& r) {
       r.lost_records = 3000;
       for (int n = 0; n < 1000; ++n)
         r.assumed.lost_by_processor.push_back({fmt::format("253,{}", n), 0, 3});
     },
     "3 of 253,2 on processor 0, 3 of 253,3 on processor 0, and 2,988 in 996 more sequences, each "
     "of a device and a processor"},
    {"lost-records",
     [](replay_report& r) {
       r.lost_records = 15;
       for (std::uint32_t n = 0; n < 5; ++n) r.assumed.lost_by_processor.push_back({"", n, n + 1});
     },
     "4 on processor 3, and 5 in 1 more sequence of a device and a processor"},
    {"lost-records", [](replay_report& r) { r.cut_short = 1; }, "cannot be read to its end"},
    {"failed-requests", [](replay_report& r) { r.requests.failed = 2; }, "2 requests failed"},
    {"out-of-space", [](replay_report& r) { r.out_of_space_ns = 1'500'000'000; },
     "the pool was out of space for 1.5 s"},
    {"out-of-space", [](replay_report& r) { r.pool_trouble = "the pool is read-only"; },
     "the pool is read-only"},
    {"unmet-expectations",
     [](replay_report& r) {
       r.expectations.push_back({"commits == 5", 600, false});
     },
     "does not hold, it is 600"},
};

TEST(verdict, each_finding_fails_unless_it_is_allowed) {
  expect_verdict(sound(), true, "");
  for (const auto& f : findings) {
    auto report = sound();
    f.plant(report);
    expect_verdict(report, false, f.said);
    report.allowed = {f.allowance};
    expect_verdict(report, true, f.said);
    report.allowed = {};
    for (const auto& other : allowances())
      if (other.name != f.allowance) report.allowed.insert(std::string(other.name));
    expect_verdict(report, false, f.said);
  }
}

TEST(verdict, a_disagreement_and_an_error_cannot_be_allowed) {
  auto report = sound();
  for (const auto& row : allowances()) report.allowed.insert(std::string(row.name));
  report.verified.disagreement = "request 7 read other data";
  expect_verdict(report, false, "request 7 read other data");
  report = sound();
  report.error = "cannot open the trace";
  expect_verdict(report, false, "");
  EXPECT_TRUE(nlohmann::json::parse(to_json(report))["values"].empty());
}

TEST(verdict, one_damaged_record_in_a_thousand_passes) {
  auto report = sound();
  report.records = 1000;
  report.damaged_records = 1;
  EXPECT_TRUE(judge(report).good());
  report.records = 999;
  EXPECT_FALSE(judge(report).good());
}

TEST(sweep_verdict, variants_without_a_report_are_missed) {
  replay_report one = sound();
  one.name = "keep=1";
  const json_input input{"shard-1", to_json(one)};
  const std::vector<std::string> planned{"keep=1", "keep=2"};
  const json_input shard{"shard", merge_reports({&input, 1}, planned)};
  EXPECT_TRUE(judge_sweep(shard, {.allowed = {}, .is_shard = true}).good());
  const json_input merged{"merged", merge_reports({&shard, 1})};
  EXPECT_FALSE(judge_sweep(merged, {}).good());
  EXPECT_THAT(judge_sweep(merged, {}).failures(),
              testing::ElementsAre("1 of 2 variants of the sweep have no report: keep=2"));
  EXPECT_TRUE(judge_sweep(merged, {.allowed = {"missing-shards"}}).good());
  EXPECT_EQ(junit_runs(merged, {}, {}).size(), 2U);
}

TEST(sweep_verdict, reports_of_1_0_0_are_judged_by_their_expectations) {
  auto document = nlohmann::json::parse(to_json(sound()));
  document.erase("verdict");
  EXPECT_TRUE(judge_sweep({"old", document.dump()}, {}).good());
  document["expectations"][0]["holds"] = false;
  EXPECT_FALSE(judge_sweep({"old", document.dump()}, {}).good());
  EXPECT_TRUE(judge_sweep({"old", document.dump()}, {.allowed = {"unmet-expectations"}}).good());
  document["disagreement"] = "request 1";
  EXPECT_FALSE(judge_sweep({"old", document.dump()}, {.allowed = {"unmet-expectations"}}).good());
}

TEST(assumptions, are_in_every_output) {
  auto report = sound();
  report.assumed.format = "msr";
  report.assumed.format_words = "CSV of MSR Cambridge";
  report.assumed.columns = {{"Offset", "offset", "bytes"}, {"Hostname", "volume", ""}};
  report.assumed.notes = {"There are flushes and no FUA writes."};
  report.lost_records = 7;
  report.assumed.lost_by_processor = {{"253,1", 2, 7}};
  EXPECT_EQ(columns_text(report.assumed), "Offset: offset in bytes, Hostname: volume");
  for (const auto& output : {to_json(report), to_html(report), text_summary(report)}) {
    EXPECT_THAT(output, HasSubstr("CSV of MSR Cambridge"));
    EXPECT_THAT(output, HasSubstr("Hostname"));
    EXPECT_THAT(output, HasSubstr("no FUA writes"));
    EXPECT_THAT(output, HasSubstr("7 records of the trace are lost: 7 of 253,1 on processor 2"));
  }
}

}  // namespace

}  // namespace sim::report
