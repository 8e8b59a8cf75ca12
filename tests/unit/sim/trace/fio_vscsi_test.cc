// The I/O log of fio, and VSCSI records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "tests/support/tests_folder.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(fio_iolog, version_3_has_a_time_in_each_line) {
  const whole_trace trace = read_text(
      "fio version 3 iolog\n"
      "26 /dev/sda add\n"
      "126 /dev/sda open\n"
      "226 /dev/sda write 4096 8192\n"
      "326 /dev/sda sync 0 0\n"
      "426 /dev/sdb trim 1024 2048\n"
      "526 /dev/sda read 0 512\n"
      "626 /dev/sda close\n",
      strictly());
  EXPECT_EQ(trace.format, trace_format::fio);
  EXPECT_THAT(to_text(trace), ElementsAre("write 8+16 at 200000", "flush 0+0 at 300000",
                                          "discard 2+4 at 400000", "read 0+1 at 500000"));
  EXPECT_THAT(trace.devices, ElementsAre("/dev/sda", "/dev/sdb"));
}

TEST(fio_iolog, version_2_waits_in_either_meaning) {
  constexpr std::string_view log =
      "fio version 2 iolog\n"
      "/dev/sda add\n"
      "/dev/sda open\n"
      "/dev/sda write 0 4096\n"
      "/dev/sda wait 150 0\n"
      "/dev/sda wait 99 0\n"
      "/dev/sda wait 200 0\n"
      "/dev/sda datasync 0 0\n";
  trace_options pauses = strictly();
  pauses.wait = iolog_wait::pause_us;
  EXPECT_THAT(to_text(read_text(log, pauses)),
              ElementsAre("write 0+8 at 0", "flush 0+0 at 350000"));
  EXPECT_THAT(to_text(read_text(log, strictly())),
              ElementsAre("write 0+8 at 0", "flush 0+0 at 200000000"));
}

TEST(fio_iolog, odd_lines_are_damage) {
  const whole_trace trace = read_text(
      "fio version 3 iolog\n"
      "x /dev/sda read 0 4096\n"
      "1 /dev/sda explode\n"
      "1 /dev/sda wait 100 0\n"
      "1 /dev/sda read 0\n"
      "1 /dev/sda read 0 4096\n"
      "1 /dev/sda write 0 99999999999\n");
  EXPECT_EQ(trace.requests.size(), 1u);
  EXPECT_EQ(trace.statistics.damaged, 5u);
}

TEST(fio_iolog, bytes_that_are_no_whole_sectors_are_widened) {
  const whole_trace trace =
      read_text("fio version 3 iolog\n0 /f write 1000 100\n0 /f read 512 1\n");
  EXPECT_THAT(to_text(trace), ElementsAre("write 1+2 at 0", "read 1+1 at 0"));
}

struct scsi {
  std::uint16_t opcode = 0x2a;
  std::uint32_t length = 4096;
  std::uint64_t block = 0;
  std::uint64_t time_us = 0;
};

template <class T>
void put(std::string& record, std::size_t offset, T value) {
  std::memcpy(record.data() + offset, &value, sizeof(T));
}

std::string version_1(const scsi& s) {
  std::string record(32, '\0');
  put<std::uint32_t>(record, 4, s.length);
  put<std::uint16_t>(record, 12, s.opcode);
  put<std::uint16_t>(record, 14, 0x100);
  put<std::uint64_t>(record, 16, s.block);
  put<std::uint64_t>(record, 24, s.time_us);
  return record;
}

std::string version_2(const scsi& s) {
  std::string record(40, '\0');
  put<std::uint16_t>(record, 0, s.opcode);
  put<std::uint16_t>(record, 2, 0x200);
  put<std::uint32_t>(record, 8, s.length);
  put<std::uint64_t>(record, 16, s.block);
  put<std::uint64_t>(record, 24, s.time_us);
  put<std::uint64_t>(record, 32, 77);
  return record;
}

template <class Record>
void expect_three_requests(Record record) {
  const std::string bytes =
      record(scsi{.block = 42, .time_us = 1000}) +
      record(scsi{.opcode = 0x28, .length = 512, .block = 7, .time_us = 1002}) +
      record(scsi{.opcode = 0x35, .length = 0, .time_us = 1003});
  const whole_trace trace = read_text(bytes, strictly());
  EXPECT_EQ(trace.format, trace_format::vscsi);
  EXPECT_THAT(to_text(trace),
              ElementsAre("write 42+8 at 0", "read 7+1 at 2000", "flush 0+0 at 3000"));
}

TEST(vscsi, version_1_is_read) { expect_three_requests(version_1); }
TEST(vscsi, version_2_is_read) { expect_three_requests(version_2); }

TEST(vscsi, unknown_opcodes_versions_and_a_cut_are_damage) {
  std::string other = version_1({});
  other[15] = 3;
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += version_1({});
  const whole_trace trace =
      read_text(bytes + version_1({.opcode = 0x42}) + other + version_1({}).substr(0, 31));
  EXPECT_EQ(trace.requests.size(), 8u);
  ASSERT_EQ(trace.statistics.problems.size(), 3u);
  EXPECT_EQ(trace.statistics.problems[0].position, "memory: record 9");
  EXPECT_THAT(trace.statistics.problems[0].reason, HasSubstr("0x42"));
  EXPECT_THAT(trace.statistics.problems[1].reason, HasSubstr("version"));
  EXPECT_THAT(trace.statistics.problems[2].reason, HasSubstr("cut off"));
}

// The CloudPhysics trace is not part of the project: THIN_TRACES_DIR names the
// directory that has it, or it lies beside the source tree.
std::string cloudphysics(const std::string& name) {
  const char* directory = std::getenv("THIN_TRACES_DIR");
  const std::string root = test_support::tests_folder() + "/../..";
  for (const std::string& candidate : {std::string(directory == nullptr ? "" : directory),
                                       root + "/shared/traces", root + "/../shared/traces"}) {
    const std::string path = candidate + "/" + name;
    if (!candidate.empty() && std::filesystem::exists(path)) return path;
  }
  return {};
}

TEST(vscsi, the_cloudphysics_trace_is_the_same_in_both_forms) {
  const std::string binary = cloudphysics("cloudphysics.vscsi.gz");
  const std::string csv = cloudphysics("cloudphysics.csv.gz");
  if (binary.empty() || csv.empty())
    GTEST_SKIP() << "NOT TESTED: cloudphysics.vscsi.gz and cloudphysics.csv.gz are not here. Set "
                    "THIN_TRACES_DIR to the directory that has them.";
  const whole_trace a = read_files({binary}, strictly());
  const whole_trace b = read_files({csv}, strictly());
  EXPECT_EQ(a.format, trace_format::vscsi);
  EXPECT_EQ(b.format, trace_format::cloudphysics);
  ASSERT_EQ(a.requests.size(), 113872u);
  ASSERT_EQ(b.requests.size(), a.requests.size());
  std::uint64_t writes = 0;
  constexpr std::uint64_t second_ns = 1'000'000'000;
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    const io_request& x = a.requests[i];
    const io_request& y = b.requests[i];
    ASSERT_TRUE(x.op == y.op && x.sector == y.sector && x.nr_sectors == y.nr_sectors) << i;
    // The CSV form has whole seconds only, of a clock with another fraction.
    ASSERT_LE(x.time_ns, y.time_ns + second_ns);
    ASSERT_LE(y.time_ns, x.time_ns + second_ns);
    writes += x.op == io_op::write;
  }
  EXPECT_EQ(writes, 66898u);
}

}  // namespace

}  // namespace sim::trace
