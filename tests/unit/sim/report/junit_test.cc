// JUnit files against the rules of the published schemas, written out here: Apache
// Ant's (JUnit.xsd), which requires more, and that of Jenkins' xunit plugin
// (junit-10.xsd), which knows no other attributes.
#include "sim/report/junit_report.h"

#include <expat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "tests/unit/sim/report/sample_report.h"

namespace sim::report {

namespace {

using attributes = std::map<std::string, std::string>;

struct element {
  std::string name;
  attributes has;
  std::vector<element> children;
  std::string text;
};

struct tree_builder {
  element root;
  std::vector<element*> open{&root};

  static void XMLCALL begin(void* data, const char* name, const char** pairs) {
    auto& self = *static_cast<tree_builder*>(data);
    element added{.name = name, .has = {}, .children = {}, .text = {}};
    for (; *pairs != nullptr; pairs += 2) added.has[pairs[0]] = pairs[1];
    self.open.back()->children.push_back(std::move(added));
    self.open.push_back(&self.open.back()->children.back());
  }
  static void XMLCALL end(void* data, const char*) {
    static_cast<tree_builder*>(data)->open.pop_back();
  }
  static void XMLCALL characters(void* data, const char* text, int length) {
    static_cast<tree_builder*>(data)->open.back()->text.append(text,
                                                               static_cast<std::size_t>(length));
  }
};

element parsed(const std::string& xml) {
  tree_builder builder;
  XML_Parser parser = XML_ParserCreate(nullptr);
  XML_SetUserData(parser, &builder);
  XML_SetElementHandler(parser, tree_builder::begin, tree_builder::end);
  XML_SetCharacterDataHandler(parser, tree_builder::characters);
  EXPECT_EQ(XML_Parse(parser, xml.data(), static_cast<int>(xml.size()), 1), XML_STATUS_OK)
      << XML_ErrorString(XML_GetErrorCode(parser)) << xml;
  XML_ParserFree(parser);
  return builder.root.children.empty() ? element{} : builder.root.children.front();
}

struct rule {
  std::string attribute;
  std::string pattern;
};

// All of them are there, match, and there are no others.
void expect_attributes(const element& e, const std::vector<rule>& rules) {
  EXPECT_EQ(e.has.size(), rules.size()) << e.name;
  for (const auto& [attribute, pattern] : rules) {
    const auto found = e.has.find(attribute);
    ASSERT_NE(found, e.has.end()) << e.name << " lacks " << attribute;
    EXPECT_TRUE(std::regex_match(found->second, std::regex(pattern)))
        << e.name << " " << attribute << "='" << found->second << "'";
  }
}

const std::string token = "[^\\s](.*[^\\s])?";
const std::string number = "[0-9]+";
const std::string seconds = "[0-9]+\\.[0-9]{3}";

void expect_case(const element& e) {
  ASSERT_EQ(e.name, "testcase");
  expect_attributes(e, {{"name", token}, {"classname", token}, {"time", seconds}});
  ASSERT_LE(e.children.size(), 1U);
  for (const auto& result : e.children) {
    EXPECT_THAT(result.name, testing::AnyOf("error", "failure"));
    expect_attributes(result, {{"type", ".+"}, {"message", ".+"}});
    EXPECT_TRUE(result.children.empty());
  }
}

void expect_suite(const element& e, std::size_t id) {
  ASSERT_EQ(e.name, "testsuite");
  expect_attributes(e, {{"name", token},
                        {"package", token},
                        {"id", std::to_string(id)},
                        {"timestamp", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"},
                        {"hostname", token},
                        {"tests", number},
                        {"failures", number},
                        {"errors", number},
                        {"time", seconds}});
  ASSERT_GE(e.children.size(), 4U);
  ASSERT_EQ(e.children.front().name, "properties");
  for (const auto& property : e.children.front().children)
    expect_attributes(property, {{"name", token}, {"value", ".*"}});
  const auto cases = e.children.size() - 3;
  std::map<std::string, std::size_t> results;
  for (std::size_t i = 1; i <= cases; ++i) {
    expect_case(e.children[i]);
    for (const auto& result : e.children[i].children) ++results[result.name];
  }
  EXPECT_EQ(e.children[cases + 1].name, "system-out");
  EXPECT_EQ(e.children[cases + 2].name, "system-err");
  EXPECT_EQ(e.has.at("tests"), std::to_string(cases));
  EXPECT_EQ(e.has.at("failures"), std::to_string(results["failure"]));
  EXPECT_EQ(e.has.at("errors"), std::to_string(results["error"]));
}

element valid(const std::vector<junit_run>& runs) {
  const auto root = parsed(to_junit(runs));
  EXPECT_EQ(root.name, "testsuites");
  EXPECT_TRUE(root.has.empty());
  EXPECT_EQ(root.children.size(), runs.size());
  for (std::size_t i = 0; i < root.children.size(); ++i) expect_suite(root.children[i], i);
  return root;
}

junit_run run_of(const replay_report& report) {
  return {report.name, report.traces, judge(report), {1'700'000'000, 1234.5}};
}

TEST(junit, is_accepted_by_the_schemas_whatever_the_outcome) {
  replay_report plain;
  plain.requests.reads = 1;
  replay_report failed = sample_report();
  failed.verified.disagreement = "request 5 read <other> data\x01\nin two lines";
  failed.traces = {"a \"quoted\" <trace>", "b", "c", "d", "e"};
  replay_report wrong;
  wrong.error = "cannot read 'x'";
  replay_report nothing;
  valid({run_of(plain)});
  const auto root = valid({run_of(plain), run_of(failed), run_of(wrong), run_of(nothing)});
  EXPECT_EQ(root.children[0].has.at("failures"), "0");
  EXPECT_EQ(root.children[2].has.at("errors"), "1");
  EXPECT_EQ(root.children[3].has.at("failures"), "1");
}

TEST(junit, names_tell_trace_and_variant) {
  replay_report report = sample_report();
  report.traces = {"db.blktrace.0"};
  report.name = "block-size=64k";
  const auto suite = valid({run_of(report)}).children.front();
  EXPECT_EQ(suite.has.at("name"), "thin_sim replay db.blktrace.0, block-size=64k");
  EXPECT_EQ(suite.has.at("timestamp"), "2023-11-14T22:13:20");
  EXPECT_EQ(suite.has.at("time"), "1234.500");
  for (const auto& child : suite.children) {
    if (child.name != "testcase") continue;
    EXPECT_THAT(child.has.at("name"), testing::HasSubstr("(db.blktrace.0, block-size=64k)"));
  }
}

TEST(junit, what_is_allowed_passes_and_is_said) {
  replay_report report;
  report.requests = {.writes = 3, .failed = 2};
  EXPECT_EQ(valid({run_of(report)}).children.front().has.at("failures"), "1");
  report.allowed = {"failed-requests"};
  const auto suite = valid({run_of(report)}).children.front();
  EXPECT_EQ(suite.has.at("failures"), "0");
  EXPECT_EQ(suite.children[suite.children.size() - 2].text, "allowed: 2 requests failed\n");
}

}  // namespace

}  // namespace sim::report
