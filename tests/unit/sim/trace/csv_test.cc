// CSV traces: published layouts, headers and lists of columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "sim/trace/csv_columns.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(csv, msr_cambridge_is_recognised_without_a_header) {
  const std::string text =
      "128166385295514663,hm,0,Write,9056014336,2048,2833\n"
      "128166385295514878,hm,1,Read,512,512,2617\n";
  const whole_trace trace = read_text(text, strictly());
  EXPECT_EQ(trace.format, trace_format::msr);
  EXPECT_THAT(to_text(trace), ElementsAre("write 17687528+4 at 0", "read 1+1 at 21500"));
  EXPECT_THAT(trace.devices, ElementsAre("hm,0", "hm,1"));
  const whole_trace with_header =
      read_text("Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime\n" + text, strictly());
  EXPECT_EQ(with_header.format, trace_format::msr);
  EXPECT_EQ(to_text(with_header), to_text(trace));
}

TEST(csv, alibaba_is_recognised) {
  const std::string text =
      "419,W,8792731648,16384,1577808144360767\n725,R,0,4096,1577808144360776\n";
  for (const std::string& header :
       {std::string(), std::string("device_id,opcode,offset,length,timestamp\n")}) {
    const whole_trace trace = read_text(header + text, strictly());
    EXPECT_EQ(trace.format, trace_format::alibaba);
    EXPECT_THAT(to_text(trace), ElementsAre("write 17173304+32 at 0", "read 0+8 at 9000"));
    EXPECT_THAT(trace.devices, ElementsAre("419", "725"));
  }
}

TEST(csv, tencent_counts_sectors_and_seconds) {
  const whole_trace trace =
      read_text("1538323199,12910952,128,0,1063\n1538323200,6338688,8,1,1627\n", strictly());
  EXPECT_EQ(trace.format, trace_format::tencent);
  EXPECT_THAT(to_text(trace),
              ElementsAre("read 12910952+128 at 0", "write 6338688+8 at 1000000000"));
}

TEST(csv, a_header_names_columns_and_units) {
  const whole_trace trace = read_text(
      "Latency;Time (ms);Offset [sectors];Size;OP\n"
      "1;10.5;8;4096;WRITE\n"
      "1;11;16;512;\"read\"\n"
      "# a comment\n"
      "\n"
      "1;12;;;flush\n",
      strictly());
  EXPECT_EQ(trace.format, trace_format::csv);
  EXPECT_THAT(to_text(trace),
              ElementsAre("write 8+8 at 0", "read 16+1 at 500000", "flush 0+0 at 1500000"));
  EXPECT_THAT(trace.devices, ElementsAre("memory"));
}

TEST(csv, hexadecimal_scsi_opcodes_are_operations) {
  const whole_trace trace = read_text(
      "version,time,op,size,lbn\n1,5633898,2a,512,42932745\n1,5633899,28,1024,3\n", strictly());
  EXPECT_THAT(to_text(trace), ElementsAre("write 42932745+1 at 0", "read 3+2 at 1000000000"));
}

TEST(csv, the_user_can_name_the_columns) {
  const whole_trace trace =
      read_text("5,FWFS,100,10,vol\n6,discard,200,20,vol\n7,wz,8,8,vol\n",
                with_columns("time_us,op,offset_sectors,length_sectors,device"));
  EXPECT_THAT(to_text(trace), ElementsAre("preflush write fua 100+10 at 0",
                                          "discard 200+20 at 1000", "write_zeroes 8+8 at 2000"));
}

TEST(csv, wrong_columns_are_explained) {
  const auto message = [](const std::string& columns) -> std::string {
    try {
      read_text("1,2,3\n", with_columns(columns));
    } catch (const pdata::error& e) {
      return e.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message("time,op,offset,speed"), HasSubstr("Unknown column 'speed'"));
  EXPECT_THAT(message("time_parsecs,op,offset,length"), HasSubstr("'time_parsecs'"));
  EXPECT_THAT(message("time,op,offset"), HasSubstr("at least op, offset and length"));
}

TEST(csv, damaged_lines_are_counted) {
  const whole_trace trace = read_text(
      "time,op,offset,length\n"
      "1,read,0,512\n"
      "1,read,0\n"
      "x,read,0,512\n"
      "1,dance,0,512\n"
      "1,read,-1,512\n"
      "1,read,0,5e3\n"
      "1,read,18446744073709551000,1024\n"
      "99999999999999999999,read,0,512\n"
      "1,write,0,8589934592\n"
      "2,read,512,512\n");
  EXPECT_THAT(to_text(trace), ElementsAre("read 0+1 at 0", "read 1+1 at 1000000000"));
  EXPECT_EQ(trace.statistics.damaged, 8u);
  EXPECT_EQ(trace.statistics.problems.front().position, "memory: line 3");
}

TEST(csv, time_that_runs_backwards_stands_still_and_is_counted) {
  const whole_trace trace = read_text(
      "time_ns,op,offset,length\n100,r,0,512\n300,r,0,512\n200,r,0,512\n50,r,0,512\n400,r,0,512\n");
  std::vector<std::uint64_t> times;
  for (const io_request& r : trace.requests) times.push_back(r.time_ns);
  EXPECT_THAT(times, ElementsAre(0, 200, 200, 200, 300));
  EXPECT_EQ(trace.statistics.late, 2u);
}

TEST(csv, columns_of_every_unit_are_known) {
  EXPECT_EQ(column_of_name("time_100ns"), (column{column_meaning::time, 100}));
  EXPECT_EQ(column_of_name("TS_US"), (column{column_meaning::time, 1000}));
  EXPECT_EQ(column_of_name("offset_kib"), (column{column_meaning::offset, 1024}));
  EXPECT_EQ(column_of_name("lba"), (column{column_meaning::offset, 512}));
  EXPECT_EQ(column_of_name("volume_id"), (column{column_meaning::device, 1}));
  EXPECT_EQ(column_of_name("colour"), std::nullopt);
  EXPECT_EQ(column_of_name(""), std::nullopt);
}

}  // namespace

}  // namespace sim::trace
