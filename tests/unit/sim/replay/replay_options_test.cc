#include "sim/replay/replay_options.h"

#include <gtest/gtest.h>

namespace sim::replay {

namespace {

replay_settings parse(const std::vector<std::string>& arguments) {
  static const thin_tools::command_syntax syntax{"thin_sim replay", "", "TRACE...",
                                                 replay_option_rows()};
  return parse_settings(thin_tools::command_line(syntax, arguments));
}

}  // namespace

TEST(ReplayOptions, DurationsHaveUnits) {
  EXPECT_EQ(parse_duration("90"), 90 * one_second);
  EXPECT_EQ(parse_duration("90s"), 90 * one_second);
  EXPECT_EQ(parse_duration("1.5m"), 90 * one_second);
  EXPECT_EQ(parse_duration("2h"), 7200 * one_second);
  EXPECT_EQ(parse_duration("1d"), 86400 * one_second);
  EXPECT_EQ(parse_duration("250ms"), one_second / 4);
  for (const char* wrong : {"", "0", "m", "-1s", "1x", "1e5", "nan", "1e400", "99999999999999d"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(ReplayOptions, SizesAreSectorsUnlessTheyHaveAUnit) {
  const auto settings = parse({"--thin", "0=2097152", "--thin=7=1g", "--block-size", "128k", "t"});
  ASSERT_EQ(settings.pool.thins.size(), 2U);
  EXPECT_EQ(settings.pool.thins[0].size, 2097152U);
  EXPECT_EQ(settings.pool.thins[1].id, 7U);
  EXPECT_EQ(settings.pool.thins[1].size, 2097152U);
  EXPECT_EQ(settings.pool.block_size, 256U);
  EXPECT_EQ(settings.mentions.at("thin"), "0=2097152,7=1g");
}

TEST(ReplayOptions, TheScheduleIsRead) {
  const auto settings = parse({"--snapshot-every", "10m", "--keep", "6", "--crash-at", "5s",
                               "--crash-at", "1h", "--fstrim-every", "30m", "t"});
  EXPECT_EQ(settings.schedule.snapshot_every, 600 * one_second);
  EXPECT_EQ(settings.schedule.keep->last, 6U);
  EXPECT_EQ(settings.schedule.crashes,
            (std::vector<virtual_time>{5 * one_second, 3600 * one_second}));
  EXPECT_EQ(settings.schedule.fstrim_every, 1800 * one_second);
}

TEST(ReplayOptions, NamesOfDevicesMayHoldAnEqualsSign) {
  EXPECT_EQ(parse({"--map", "a=b=3", "t"}).device_map.at("a=b"), 3U);
}

TEST(ReplayOptions, MistakesAreNamed) {
  const std::vector<std::vector<std::string>> wrong{{},
                                                    {"--thin", "0", "t"},
                                                    {"--thin", "x=5", "t"},
                                                    {"--thin", "16777216=5", "t"},
                                                    {"--thin", "0=5", "--thin", "0=6", "t"},
                                                    {"--pool-size", "0", "t"},
                                                    {"--pool-size", "100b", "t"},
                                                    {"--format", "pcap", "t"},
                                                    {"--snapshot-every", "soon", "t"},
                                                    {"--keep", "3", "t"},
                                                    {"--check-every", "0", "t"},
                                                    {"--map", "8,0", "t"}};
  for (const auto& arguments : wrong)
    EXPECT_THROW(parse(arguments), thin_tools::usage_error)
        << (arguments.empty() ? "" : arguments[0]);
  EXPECT_THROW(parse({"--expect", "data_blokcs < 5", "t"}), pdata::error);
}

}  // namespace sim::replay
