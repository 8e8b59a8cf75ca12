// CSV traces: published layouts, headers and lists of columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "sim/trace/column_layout.h"
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
      "Latency;Time (ms);Offset [sectors];Size in bytes;OP\n"
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
  EXPECT_THAT(message("time,op,offset"), HasSubstr("lack: length"));
  EXPECT_THAT(message("time,offset,length"), HasSubstr("op=write"));
  EXPECT_THAT(message("time,op,offset,length colour=red"), HasSubstr("'colour=red'"));
  EXPECT_THAT(message("time,op,offset,length delimiter=many"), HasSubstr("'many'"));
}

TEST(csv, damaged_lines_are_counted) {
  const whole_trace trace = read_text(
      "time_s,op,offset_bytes,length_bytes\n"
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
      "time_ns,op,offset,length\n100,r,0,4096\n300,r,0,512\n200,r,0,512\n50,r,0,512\n400,r,0,"
      "512\n");
  std::vector<std::uint64_t> times;
  for (const io_request& r : trace.requests) times.push_back(r.time_ns);
  EXPECT_THAT(times, ElementsAre(0, 200, 200, 200, 300));
  EXPECT_EQ(trace.statistics.late, 2u);
}

TEST(csv, columns_of_every_unit_are_known) {
  EXPECT_EQ(column_of_name("time_100ns"), (column{column_meaning::time, 100}));
  EXPECT_EQ(column_of_name("TS_US"), (column{column_meaning::time, 1000}));
  EXPECT_EQ(column_of_name("offset_kib"), (column{column_meaning::offset, 1024}));
  EXPECT_EQ(column_of_name("offset_4096"), (column{column_meaning::offset, 4096}));
  EXPECT_EQ(column_of_name("length_sectors_hex"), (column{column_meaning::length, 512, true}));
  EXPECT_EQ(column_of_name("device"), (column{column_meaning::device, 1}));
  EXPECT_EQ(column_of_name("colour"), std::nullopt);
  EXPECT_EQ(column_of_name(""), std::nullopt);
}

std::string refusal(const std::string& text) {
  try {
    read_text(text);
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "accepted";
}

// What a message proposes for --columns.
std::string proposal(const std::string& message) {
  const std::size_t begin = message.find("--columns '") + 11;
  return message.substr(begin, message.find('\'', begin) - begin);
}

TEST(csv, a_header_that_leaves_a_unit_open_is_refused_with_columns_that_settle_it) {
  struct doubtful {
    std::string text;
    std::string why;
    std::string columns;
  };
  const std::vector<doubtful> cases{
      {"time_us,op,lba,length_bytes\n1,W,8,4096\n", "'lba'",
       "time_us,op,offset_sectors,length_bytes header=yes"},
      {"time_us,op,lba,size\n1,W,4096,4096\n", "'lba' may count sectors of 512 bytes",
       "time_us,op,offset_sectors,length_bytes header=yes"},
      {"time_us,op,offset,length\n1,W,1a00,200\n2,R,2000,400\n", "hexadecimal without 0x",
       "time_us,op,offset_sectors_hex,length_sectors_hex header=yes"},
      {"time_us,op,sector,size\n1,W,8,4096\n", "'size'",
       "time_us,op,offset_sectors,length_bytes header=yes"},
      {"time_us,op,offset,size\n1,W,8,16\n2,W,4096,8\n", "'offset' may count bytes or sectors",
       "time_us,op,offset_sectors,length_sectors header=yes"},
      {"time_us,op,block,count\n1,W,8,16\n", "'count'",
       "time_us,op,offset_sectors,length_sectors header=yes"},
      {"time,op,offset,length\n1,W,0,4096\n500,W,8192,4096\n", "'time' may count seconds",
       "time_s,op,offset_bytes,length_bytes header=yes"},
      {"time_us;op;offset;length\n1;0;0;4096\n2;1;8192;4096\n", "which of them means write",
       "time_us,op,offset_bytes,length_bytes delimiter=semicolon header=yes read=0 write=1"},
      {"time_us,offset,length\n1,0,4096\n", "no column names the operation",
       "time_us,offset_bytes,length_bytes header=yes op=write"},
      {"time_us,op,offset,lba,length\n1,W,512,1,4096\n", "'offset' and 'lba'",
       "time_us,op,offset_bytes,-,length_bytes header=yes"},
  };
  for (const doubtful& one : cases) {
    const std::string message = refusal(one.text);
    EXPECT_THAT(message, HasSubstr(one.why)) << one.text;
    EXPECT_EQ(proposal(message), one.columns) << message;
    EXPECT_FALSE(read_text(one.text, with_columns(proposal(message))).requests.empty()) << message;
  }
}

TEST(csv, what_may_be_powers_of_1000_or_of_1024_is_asked_for) {
  const std::string message = refusal("time_us,op,Offset (KB),Size (KB)\n1,W,4,4\n");
  EXPECT_THAT(message, HasSubstr("'Size (KB)' may count powers of 1024 or of 1000 bytes"));
  EXPECT_EQ(proposal(message), "time_us,op,offset_kib,length_kib header=yes");
}

TEST(csv, small_multiples_of_512_may_be_sectors_of_large_requests) {
  const std::string message = refusal("time_us,op,offset,length\n1,W,2048,2048\n2,W,4096,2048\n");
  EXPECT_THAT(message, HasSubstr("'offset' may count bytes or sectors"));
  EXPECT_EQ(proposal(message), "time_us,op,offset_bytes,length_bytes header=yes");
}

TEST(csv, names_of_columns_are_understood_however_they_are_written) {
  const auto reads_as = [](const std::string& text) {
    const whole_trace trace = read_text(text, strictly());
    return trace.requests.size() == 1 ? to_text(trace)[0] : std::string("not one");
  };
  for (const std::string header :
       {"StartTimeUs,opType,byteOffset,sizeInBytes", "time (usec),IO Type,Offset [B],Size (bytes)",
        "\"ts_micros\",\"R/W\",\"start_offset_bytes\",\"nr_bytes\""})
    EXPECT_EQ(reads_as(header + "\n7,W,4096,512\n"), "write 8+1 at 0") << header;
  EXPECT_EQ(reads_as("start_lba (512B),length (512B),rw,time (ms)\n8,1,w,7\n"), "write 8+1 at 0");
}

TEST(csv, a_field_in_quotes_may_have_the_delimiter_in_it) {
  const whole_trace trace =
      read_text("device,time_us,op,offset,length\n\"pool,1\",0,W,4096,4096\n \"b\" ,1,R,8192,512\n",
                strictly());
  EXPECT_THAT(to_text(trace), ElementsAre("write 8+8 at 0", "read 16+1 at 1000"));
  EXPECT_THAT(trace.devices, ElementsAre("pool,1", "b"));
  EXPECT_THAT(
      to_text(read_text("0,\"W,4096,4096\n", with_columns("time,-,offset,length op=write"))),
      ElementsAre("write 8+8 at 0"));
}

TEST(csv, a_published_header_is_believed_only_with_records_of_that_format) {
  EXPECT_THAT(refusal("Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime\n"
                      "1.0,h,0,Write,8,8,1\n2.0,h,0,Read,16,8,2\n"),
              HasSubstr("'Offset' may count bytes or sectors"));
  EXPECT_THAT(refusal("Timestamp,Offset,Size,IOType,VolumeID\n"
                      "1538323199,1048576,4096,1,7\n1538323200,8192,8192,0,7\n"),
              HasSubstr("which of them means write"));
}

TEST(csv, records_that_speak_against_the_units_of_their_look_are_refused) {
  const std::string tencent = refusal("1538323199,1048576,4096,1,7\n1538323200,8192,8192,0,7\n");
  EXPECT_THAT(tencent, HasSubstr("--format tencent"));
  EXPECT_EQ(proposal(tencent),
            "time_s,offset_bytes,length_bytes,op,device header=no read=0 write=1");
  EXPECT_THAT(refusal("7,W,2048,8,1577808144000000\n7,R,0,16,1577808144000001\n"),
              HasSubstr("many here are no whole sectors"));
  EXPECT_THAT(refusal("7,W,1048576,4096,1577808144\n7,R,0,4096,1577808145\n"),
              HasSubstr("is not known"));
  EXPECT_THAT(refusal("0,1048576,4096,W,17\n0,8192,4096,W,18\n"), HasSubstr("whole numbers"));
  const std::string five = refusal("0.0 0 2048 512 0\n1.0 0 4096 1024 0\n");
  EXPECT_THAT(five, HasSubstr("--format femu"));
  EXPECT_THAT(five, HasSubstr("--format disksim"));
  trace_options named;
  named.format = trace_format::disksim;
  EXPECT_THAT(to_text(read_text("0.0 0 2048 512 0\n1.0 0 4096 1024 0\n", named)),
              ElementsAre("write 2048+512 at 0", "write 4096+1024 at 1000000"));
}

TEST(csv, ranges_that_are_no_whole_sectors_are_said) {
  const std::string text = "time_us,op,offset_bytes,length_bytes\n1,W,100,1000\n2,R,512,512\n";
  const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), {});
  EXPECT_THAT(to_text(read_all(*reader)), ElementsAre("write 0+3 at 0", "read 1+1 at 1000"));
  EXPECT_THAT(reader->describe().notes,
              ElementsAre(HasSubstr("1 request does not cover whole sectors")));
}

TEST(csv, a_header_whose_records_leave_one_reading_is_taken) {
  const auto reads_as = [](const std::string& text) {
    const whole_trace trace = read_text(text, strictly());
    return trace.requests.size() == 2 ? to_text(trace)[1] : std::string("not two");
  };
  EXPECT_EQ(reads_as("time,op,offset,length\n0,W,0,4096\n0.5,W,8192,512\n"),
            "write 16+1 at 500000000");
  EXPECT_EQ(
      reads_as("timestamp,op,offset,size\n1700000000000,W,0,4096\n1700000000500,R,8192,512\n"),
      "read 16+1 at 500000000");
  EXPECT_EQ(reads_as("time,is_write,sector,bytes\n2026-01-01T00:00:00Z,1,0,4096\n"
                     "2026-01-01 01:00:00.5+01:00,0,16,512\n"),
            "read 16+1 at 500000000");
  EXPECT_EQ(reads_as("ts_ns,cmd,start_sector,nr_sectors\n0,WS,0,8\n500000000,FWFS,16,1\n"),
            "preflush write fua 16+1 at 500000000");
}

TEST(csv, settings_behind_the_columns_are_followed) {
  const auto reads_as = [](const std::string& text, const std::string& columns) {
    trace_options options = with_columns(columns);
    options.strict = true;
    return to_text(read_text(text, options));
  };
  EXPECT_THAT(reads_as("% remark\nt o a n\n0 7 1 1\n0.5  8   2\t0x2\n",
                       "time_ms,op,offset_4096,length_sectors delimiter=space comment=% "
                       "write=7 read=8"),
              ElementsAre("write 8+1 at 0", "read 16+2 at 500000"));
  EXPECT_THAT(reads_as("10|w|1000|1000\n510|r|2000|200\n",
                       "time_us,op,offset_hex,length_hex delimiter=| header=no"),
              ElementsAre("write 8+8 at 0", "read 16+1 at 500000"));
  EXPECT_THAT(reads_as("4096\t512\n8192\t512\n", "offset,length op=write"),
              ElementsAre("write 8+1 at 0", "write 16+1 at 0"));
  EXPECT_THAT(reads_as("0,W,0,512,1,0\n1,W,0,0,1,0\n2,W,0,512,0,true\n3,x,0,512,0,0\n",
                       "time_us,op,offset,length,flush,fua skip=x"),
              ElementsAre("preflush write 0+1 at 0", "flush 0+0 at 1000", "write fua 0+1 at 2000"));
}

TEST(csv, the_description_says_what_each_column_is) {
  const auto reader = [](const std::string& text, const trace_options& options) {
    return open_trace_bytes(std::as_bytes(std::span(text)), options)->describe();
  };
  const std::string text = "When,time_us,Op,offset_sectors,bytes\nx,1,W,8,4096\n";
  const trace_description found = reader(text, {});
  EXPECT_EQ(found.format, "csv");
  std::vector<std::string> lines;
  for (const described_column& c : found.columns)
    lines.push_back(c.name + "|" + c.meaning + "|" + c.unit);
  EXPECT_THAT(lines,
              ElementsAre("time_us|time|microseconds", "Op|operation|",
                          "offset_sectors|offset|sectors of 512 bytes", "bytes|length|bytes"));
}

}  // namespace

}  // namespace sim::trace
