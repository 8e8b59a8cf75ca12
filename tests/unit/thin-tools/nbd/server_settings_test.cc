// Parameters of the plugin, and how nbdkit is started with them.
#include "thin-tools/nbd/server_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thin-tools/console/command_line.h"
#include "thin-tools/nbd/nbdkit_call.h"

namespace thin_tools {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

server_settings settings_of(const std::vector<parameter>& given) {
  server_settings settings;
  for (const auto& each : given)
    set_parameter(settings, each, [](const std::string& text) { return parse_number(text); });
  return settings;
}

const std::vector<parameter> everything{{"metadata", "/m"},
                                        {"data", "/d"},
                                        {"snapshot", "17"},
                                        {"repaired", "yes"},
                                        {"data-block-size", "128"},
                                        {"nr-data-blocks", "1000"},
                                        {"mapping-root", "5"},
                                        {"details-root", "6"},
                                        {"take-best", "yes"},
                                        {"lost", "zeroes"},
                                        {"dev", "3"},
                                        {"size", "4096"},
                                        {"origin", "/o=p"},
                                        {"dev", "1"}};

TEST(server_settings, are_what_the_parameters_say) {
  const auto settings = settings_of(everything);
  EXPECT_EQ(settings.pool.metadata, "/m");
  EXPECT_EQ(settings.data, "/d");
  EXPECT_TRUE(settings.pool.from_snapshot);
  EXPECT_EQ(settings.pool.snapshot_location, 17U);
  EXPECT_EQ(settings.pool.damaged, damage_handling::repair);
  EXPECT_EQ(settings.pool.repair.data_block_size, 128U);
  EXPECT_EQ(settings.pool.repair.nr_data_blocks, 1000U);
  EXPECT_EQ(settings.pool.repair.mapping_root, 5U);
  EXPECT_EQ(settings.pool.repair.details_root, 6U);
  EXPECT_TRUE(settings.pool.repair.take_best);
  EXPECT_EQ(settings.lost, lost_reads::zeroes);
  ASSERT_EQ(settings.exports.size(), 2U);
  EXPECT_EQ(settings.exports[0].device, 3U);
  EXPECT_EQ(settings.exports[0].size_bytes, 4096U);
  EXPECT_EQ(settings.exports[0].origin, "/o=p");
  EXPECT_EQ(settings.exports[1].device, 1U);
  EXPECT_EQ(settings.exports[1].size_bytes, std::nullopt);
  EXPECT_EQ(settings.exports[1].origin, std::nullopt);
}

TEST(server_settings, become_the_parameters_that_made_them) {
  EXPECT_EQ(parameters_of(settings_of(everything)), everything);
  const std::vector<parameter> few{{"metadata", "/m"}, {"data", "/d"}, {"snapshot", "yes"}};
  EXPECT_EQ(parameters_of(settings_of(few)), few);
}

TEST(server_settings, what_is_wrong_is_refused) {
  const std::vector<std::vector<parameter>> wrong{
      {{"size", "1"}},
      {{"origin", "/o"}},
      {{"dev", "x"}},
      {{"dev", ""}},
      {{"dev", "-1"}},
      {{"dev", "1"}, {"dev", "1"}},
      {{"dev", "1"}, {"size", "big"}},
      {{"dev", "1"}, {"size", "9223372036854775808"}},
      {{"metadata", ""}},
      {{"metadata", "a"}, {"metadata", "b"}},
      {{"repaired", "maybe"}},
      {{"lost", "found"}},
      {{"data-block-size", "100"}},
      {{"colour", "red"}},
  };
  for (const auto& each : wrong)
    EXPECT_THROW(settings_of(each), pdata::error) << each.back().first << each.back().second;
}

TEST(server_settings, metadata_and_data_must_be_there) {
  EXPECT_THROW(expect_complete(settings_of({{"metadata", "m"}})), pdata::error);
  EXPECT_THROW(expect_complete(settings_of({{"data", "d"}})), pdata::error);
  EXPECT_NO_THROW(expect_complete(settings_of({{"metadata", "m"}, {"data", "d"}})));
}

TEST(server_settings, values_for_a_repair_want_one) {
  std::vector<parameter> given{{"metadata", "m"}, {"data", "d"}, {"mapping-root", "1"}};
  EXPECT_THROW(expect_complete(settings_of(given)), pdata::error);
  given.emplace_back("repaired", "yes");
  EXPECT_NO_THROW(expect_complete(settings_of(given)));
  given.emplace_back("snapshot", "yes");
  EXPECT_THROW(expect_complete(settings_of(given)), pdata::error);
}

TEST(nbdkit_call, nobody_but_this_machine_is_served) {
  nbdkit_call call{.plugin = "thin", .settings = settings_of({{"metadata", "/m"}, {"data", "/d"}})};
  EXPECT_THAT(arguments_of(call),
              ElementsAre("nbdkit", "--ipaddr", "127.0.0.1", "--port", "10809", "--read-only",
                          "--foreground", "thin", "metadata=/m", "data=/d"));
  call.port = 99;
  EXPECT_THAT(arguments_of(call), AllOf(Contains("127.0.0.1"), Contains("99")));
  call.port.reset();
  call.command = "true";
  EXPECT_THAT(arguments_of(call), AllOf(Contains("-"), Not(Contains("127.0.0.1"))));
  call.command.reset();
  call.socket = "/s";
  EXPECT_THAT(arguments_of(call), AllOf(Contains("/s"), Not(Contains("127.0.0.1"))));
}

TEST(nbdkit_call, writing_wants_the_cow_filter) {
  nbdkit_call call{.plugin = "thin",
                   .settings = settings_of({{"metadata", "/m"}, {"data", "/d"}}),
                   .cow = true,
                   .more = {"--filter=log"}};
  EXPECT_THAT(arguments_of(call), AllOf(Contains("--filter=cow"), Contains("--filter=log"),
                                        Not(Contains("--read-only"))));
}

TEST(nbdkit_call, contradictions_are_refused) {
  nbdkit_call call{.plugin = "thin", .settings = {}, .socket = "/s", .port = 1};
  EXPECT_THROW((void)arguments_of(call), usage_error);
  call = {.plugin = "thin", .settings = {}, .command = "true", .background = true};
  EXPECT_THROW((void)arguments_of(call), usage_error);
}

}  // namespace
}  // namespace thin_tools
