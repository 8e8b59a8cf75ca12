// A sample of each format, in its published layout, with the same requests: 4
// KiB written at 1 MiB, half a second later 64 KiB at 512 MiB, then the first
// read again, and at 2.25 s 8 KiB at 2 MiB of another volume. What is expected
// was worked out by hand from the layouts, not by a program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct sample {
  std::string_view format;
  std::string_view text;
  std::vector<std::string> volumes;
  std::size_t skipped = 0;
};

const std::vector<sample>& samples() {
  static const std::vector<sample> all{
      {"blkparse",
       "259,0    4        1      0.000000000  4020  Q   W 2048 + 8 [java]\n"
       "259,0    4        2      0.500000000  4020  Q   W 1048576 + 128 [java]\n"
       "259,0    4        3      1.000000000  4020  Q   R 2048 + 8 [java]\n"
       "259,1    4        4      2.250000000  4020  Q   W 4096 + 16 [java]\n"
       "Input file t.blktrace.0 added\n",
       {"259,0", "259,1"},
       1},
      {"events",
       "     block_x y  4021 [001]   700.396411: block:block_bio_queue: 253,0 WS 2048 + 8 [fio]\n"
       "           fio  4021 [001]   700.896411: block:block_bio_queue: 253,0 W 1048576 + 128 [f]\n"
       "           fio  4021 [001]   700.896500: block:block_rq_issue: 253,0 W 65536 () 1048576 + "
       "128 none,0,0 [fio]\n"
       "           fio  4021 [000]   701.396411: block:block_bio_queue: 253,0 RS 2048 + 8 [fio]\n"
       "           fio  4021 [000]   702.646411: block:block_bio_queue: 253,1 WSM 4096 + 16 "
       "[fio]\n",
       {"253,0", "253,1"},
       1},
      {"events",
       "cpus=2\n"
       "   fio-4021  [001] ..... 700.396411: block_rq_issue:  253,0 WS 4096 () 2048 + 8 [fio]\n"
       "   fio-4021  [001] ..... 700.896411: block_rq_issue:  253,0 W 65536 () 1048576 + 128 "
       "none,0,0 [fio]\n"
       "   fio-4021  [001] ..... 701.396411: block_rq_issue:  253,0 RS 4096 () 2048 + 8 [fio]\n"
       "   <...>-41  [001] ..... 702.646411: block_rq_issue:  253,1 W 8192 () 4096 + 16 [a b]\n",
       {"253,0", "253,1"},
       1},
      {"biosnoop",
       "TIME(s)     COMM           PID    DISK      T SECTOR     BYTES  QUE(ms) LAT(ms)\n"
       "0.000000    fio            4021   sda       W 2048       4096      0.01    0.43\n"
       "0.500000    Web Content    4021   sda       W 1048576    65536     0.01    0.43\n"
       "1.000000    fio            4021   sda       R 2048       4096      0.01    0.43\n"
       "2.250000    fio            4021   sdb       W 4096       8192      0.01    0.43\n",
       {"sda", "sdb"},
       1},
      {"etw",
       "BeginHeader\n"
       "   DiskRead,  TimeStamp,  Process Name ( PID),  ThreadID, CPU,  IrpPtr,  ByteOffset,  "
       "IOSize, ElapsedTime,  DiskNum, IrpFlags\n"
       "  DiskWrite,  TimeStamp,  Process Name ( PID),  ThreadID, CPU,  IrpPtr,  ByteOffset,  "
       "IOSize, ElapsedTime,  DiskNum, IrpFlags\n"
       "EndHeader\n"
       "  DiskWrite,   8612,  System (   4),  11844,  1, 0xffff1, 0x0000100000, 0x00001000,  28, "
       "0, "
       "0x060043\n"
       "DiskReadInit,   9000,  System (   4),  11844,  1\n"
       "  DiskWrite, 508612,  System (   4),  11844,  1, 0xffff1, 0x0020000000, 0x00010000,  28, "
       "0, "
       "0x060043\n"
       "  DiskRead, 1008612,  System (   4),  11844,  1, 0xffff1, 0x0000100000, 0x00001000,  28, "
       "0, "
       "0x060043\n"
       "  DiskWrite,2258612,  System (   4),  11844,  1, 0xffff1, 0x0000200000, 0x00002000,  28, "
       "1, "
       "0x060043\n",
       {"0", "1"},
       5},
      {"msr",
       "128166372003061629,usr,0,Write,1048576,4096,1331\n"
       "128166372008061629,usr,0,Write,536870912,65536,1331\n"
       "128166372013061629,usr,0,Read,1048576,4096,1331\n"
       "128166372025561629,usr,1,Write,2097152,8192,1331\n",
       {"usr,0", "usr,1"}},
      {"systor",
       "Timestamp,Response,IOType,LUN,Offset,Size\n"
       "1455592041.000000000,,W,0,1048576,4096\n"
       "1455592041.500000000,0.000211,W,0,536870912,65536\n"
       "1455592041.600000000,0.000211,,0,536870912,65536\n"
       "1455592042.000000000,,R,0,1048576,4096\n"
       "1455592043.250000000,0.000211,W,1,2097152,8192\n",
       {"0", "1"},
       2},
      {"alibaba",
       "7,W,1048576,4096,1577808144000000\n"
       "7,W,536870912,65536,1577808144500000\n"
       "7,R,1048576,4096,1577808145000000\n"
       "9,W,2097152,8192,1577808146250000\n",
       {"7", "9"}},
      {"cloudphysics",
       "version,time,op,size,lbn\n"
       "1,0,2a,4096,2048\n1,0.5,2a,65536,1048576\n1,1,28,4096,2048\n1,2.25,2a,8192,4096\n",
       {"memory"},
       1},
      {"thesios",
       "filename,file_offset,application,c_time,io_zone,redundancy_type,op_type,service_class,"
       "from_flash_cache,cache_hit,request_io_size_bytes,disk_io_size_bytes,response_io_size_bytes,"
       "start_time,disk_time,simulated_disk_start_time,simulated_latency\n"
       "aa,1048576,app,1,COLD,REPLICATED,WRITE,OTHER,0,-1,4096,4096,0,1705276800.0,0,0,0.1\n"
       "aa,536870912,app,1,COLD,REPLICATED,WRITE,OTHER,0,-1,65536,65536,0,1705276800.5,0,0,0.1\n"
       "filename,file_offset,application,c_time,io_zone,redundancy_type,op_type,service_class,"
       "from_flash_cache,cache_hit,request_io_size_bytes,disk_io_size_bytes,response_io_size_bytes,"
       "start_time,disk_time,simulated_disk_start_time,simulated_latency\n"
       "aa,1048576,app,1,COLD,REPLICATED,READ,OTHER,0,0,4096,4096,4096,1705276801,0.1,0,0.1\n"
       "bb,2097152,app,1,COLD,REPLICATED,WRITE,OTHER,0,-1,8192,8192,0,1705276802.25,0,0,0.1\n",
       {"aa", "bb"},
       2},
      {"iotrace",
       "device.id,device.name,file.id,file.offset,file.size,header.sid,header.timestamp,io.error,"
       "io.flush,io.fua,io.ioClass,io.latency,io.lba,io.len,io.operation,io.qd\n"
       "2715,nvme0n1,,,,23,33000000000,false,false,false,1,144925,2048,8,Write,1\n"
       "2715,nvme0n1,,,,24,33500000000,false,false,false,1,144925,1048576,128,Write,1\n"
       "2715,nvme0n1,5,0,3,25,33600000000,,,,,,,,,\n"
       "2715,nvme0n1,,,,26,34000000000,false,false,false,1,113330,2048,8,Read,1\n"
       "2716,nvme1n1,,,,27,35250000000,false,false,false,1,113330,4096,16,Write,1\n",
       {"nvme0n1", "nvme1n1"},
       2},
      {"iotrace-json",
       R"({"header":{"sid":"1","timestamp":"33000000000"},"deviceDescription":{"id":"27",")"
       R"(name":"nvme0n1"}})"
       "\n"
       R"({"header":{"sid":"23","timestamp":"33000000000"},"io":{"lba":"2048","len":8,"ioC)"
       R"(lass":1,"operation":"Write","flush":false,"fua":false},"device":{"id":"27","name)"
       R"(":"nvme0n1"}})"
       "\n"
       R"({"header":{"sid":"24","timestamp":"33500000000"},"io":{"lba":"1048576","len":128)"
       R"(,"operation":"Write","deviceId":"27"}})"
       "\n"
       R"({"header":{"sid":"25","timestamp":"33600000000"},"ioCompletion":{"lba":"1048576")"
       R"(,"len":128}})"
       "\n"
       R"({"header":{"sid":"26","timestamp":"34000000000"},"io":{"lba":"2048","len":8,"ope)"
       R"(ration":"Read"},"device":{"name":"nvme0n1"}})"
       "\n"
       R"({"header":{"sid":"27","timestamp":"35250000000"},"io":{"lba":"4096","len":16,"op)"
       R"(eration":"Write"},"device":{"name":"nvme1n1"}})"
       "\n",
       {"nvme0n1", "nvme1n1"},
       2},
      {"spc",
       "0,2048,4096,W,0.000000\n0,1048576,65536,W,0.500000\n"
       "0,2048,4096,R,1.000000\n1,4096,8192,w,2.250000\n",
       {"0", "1"}},
      {"fio-latency",
       "0, 1200, 1, 4096, 1048576, 0\n500, 1200, 1, 65536, 536870912, 0\n"
       "1000, 1200, 0, 4096, 1048576, 0\n2250, 400, 1, 8192, 2097152, 0\n",
       {"memory"}},
      {"blkreplay",
       "Copyright and other remarks\nINFO: action_char=Q\n"
       "start ; sector; length ; op ;  replay_delay=0 ; replay_duration=0\n"
       "   0.000000000 ;       2048 ;   8 ; W ; 0.0 ; 0.0\n"
       "   0.500000000 ;    1048576 ; 128 ; W ; 0.0 ; 0.0\n"
       "   1.000000000 ;       2048 ;   8 ; R ; 0.0 ; 0.0\n"
       "   2.250000000 ;       4096 ;  16 ; W ; 0.0 ; 0.0\n",
       {"memory"},
       3},
      {"fiu",
       "89966500302 4892 syslogd 2048 8 W 6 0 531e779edc0d5f2bd8ca4a8b3d4b2a14\n"
       "90466500302 4892 Web Content 1048576 128 W 6 0 531e779edc0d5f2bd8ca4a8b3d4b2a14\n"
       "90966500302 4892 syslogd 2048 8 R 6 0 531e779edc0d5f2bd8ca4a8b3d4b2a14\n"
       "92216500302 4892 kjournald 4096 16 W 8 1 531e779edc0d5f2bd8ca4a8b3d4b2a14\n",
       {"6,0", "8,1"}},
      {"femu",
       "0.000000 0 1048576 4096 0\n500.0 0 536870912 65536 0\n"
       "1000.0 0 1048576 4096 1\n2250.0 1 2097152 8192 0\n",
       {"0", "1"}},
      {"femu",
       "0.0,0,1048576,4096,0\n500.0,0,536870912,65536,0\n"
       "1000.0,0,1048576,4096,1\n2250.0,1,2097152,8192,0\n",
       {"0", "1"}},
      {"disksim",
       "0.000000 0 2048 8 0\n500.000000 0 1048576 128 0\n"
       "1000.000000 0 2048 8 1\n2250.000000 1 4096 16 0\n",
       {"0", "1"}},
      {"mqsim",
       "4851300 0 2048 8 0\n504851300 0 1048576 128 0\n"
       "1004851300 0 2048 8 1\n2254851300 1 4096 16 0\n",
       {"0", "1"}},
      {"csv",
       "time,op,offset,length,device\n0,W,0x100000,0x1000,v0\n0.5,W,0x20000000,0x10000,v0\n"
       "1.0,R,0x100000,0x1000,v0\n2.25,W,0x200000,0x2000,v1\n",
       {"v0", "v1"},
       1},
      {"csv",
       "time,op,offset,length,device\n2026-11-28T10:00:00.000Z,W,1048576,4096,v0\n"
       "2026-11-28T10:00:00.500Z,W,536870912,65536,v0\n2026-11-28T10:00:01Z,R,1048576,4096,v0\n"
       "2026-11-28T10:00:02.250Z,W,2097152,8192,v1\n",
       {"v0", "v1"},
       1},
  };
  return all;
}

const std::vector<std::string> expected{"write 2048+8 at 0", "write 1048576+128 at 500000000",
                                        "read 2048+8 at 1000000000", "write 4096+16 at 2250000000"};

std::vector<std::string> volumes_of(const whole_trace& trace) {
  std::vector<std::string> used;
  for (const io_request& request : trace.requests) {
    const std::string& name = trace.devices[request.device];
    if (used.empty() || used.back() != name) used.push_back(name);
  }
  return used;
}

TEST(format_samples, every_sample_is_recognised_and_read_as_published) {
  for (const sample& one : samples()) {
    const whole_trace trace = read_text(one.text, strictly());
    EXPECT_EQ(name_of(trace.format), one.format) << one.text;
    EXPECT_EQ(to_text(trace), expected) << one.text;
    EXPECT_EQ(volumes_of(trace), one.volumes) << one.text;
    EXPECT_EQ(trace.statistics.skipped, one.skipped) << one.text;
  }
}

// The description adds up, and says a meaning and a unit of time, offset and
// length for every format.
TEST(format_samples, every_sample_is_described) {
  for (const sample& one : samples()) {
    const auto reader = open_trace_bytes(std::as_bytes(std::span(one.text)), {});
    const whole_trace trace = read_all(*reader);
    const trace_description found = reader->describe();
    EXPECT_EQ(found.format, one.format);
    EXPECT_FALSE(found.format_words.empty());
    EXPECT_EQ(found.read, found.used + found.skipped + found.damaged);
    EXPECT_EQ(found.used, trace.requests.size());
    for (const std::string meaning : {"time", "offset", "length"}) {
      EXPECT_TRUE(std::ranges::any_of(found.columns,
                                      [&](const described_column& c) {
                                        return c.meaning == meaning && !c.unit.empty() &&
                                               !c.name.empty();
                                      }))
          << one.format << ' ' << meaning;
    }
  }
}

TEST(format_samples, every_row_of_the_table_has_a_sample_or_a_test_of_its_own) {
  const std::vector<std::string_view> elsewhere{"blktrace", "fio", "vscsi", "tencent"};
  for (const format_row& row : format_table()) {
    const bool here =
        std::ranges::any_of(samples(), [&](const sample& one) { return one.format == row.name; });
    EXPECT_TRUE(here || std::ranges::find(elsewhere, row.name) != elsewhere.end()) << row.name;
  }
}

TEST(format_samples, a_damaged_line_among_many_does_not_hide_the_format) {
  for (const sample& one : samples()) {
    if (one.format == "csv") continue;
    std::string text(one.text);
    std::string_view last = one.text;
    last.remove_suffix(1);
    last.remove_prefix(last.rfind('\n') + 1);
    if (last.starts_with("Input")) continue;
    for (int i = 0; i < 20; ++i) text += std::string(last) + "\n";
    text += std::string(last.substr(0, last.size() / 2)) + "\n";
    const whole_trace trace = read_text(text);
    EXPECT_EQ(name_of(trace.format), one.format) << text;
    EXPECT_EQ(trace.requests.size(), 24u) << text;
  }
}

TEST(format_samples, offsets_and_lengths_that_may_be_bytes_are_not_taken_for_sectors) {
  // Whole milliseconds or nanoseconds, bytes or sectors: five columns of FEMU or MQSim.
  try {
    read_text("0 0 1048576 4096 0\n500 0 536870912 65536 0\n");
    FAIL() << "one of two readings was taken";
  } catch (const pdata::error& e) {
    EXPECT_THAT(e.what(), HasSubstr("--format femu"));
    EXPECT_THAT(e.what(), HasSubstr("--format mqsim"));
  }
}

TEST(format_samples, events_that_the_kernel_dropped_are_lost_on_their_processor) {
  const std::string text =
      "   fio-4021  [001] ..... 700.396411: block_bio_queue:  253,0 WS 2048 + 8 [fio]\n"
      "CPU:1 [LOST 4711 EVENTS]\n"
      "CPU 3 [12 EVENTS DROPPED]\n"
      "   fio-4021  [001] ..... 700.896411: block_bio_queue:  253,0 N 2056 + 8 [fio]\n";
  const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), strictly());
  EXPECT_THAT(to_text(read_all(*reader)),
              ElementsAre("write 2048+8 at 0", "write_zeroes 2056+8 at 500000000"));
  const trace_description found = reader->describe();
  EXPECT_EQ(found.lost, 4723u);
  ASSERT_EQ(found.lost_by_processor.size(), 2u);
  EXPECT_EQ(found.lost_by_processor[1].processor, 3u);
  EXPECT_EQ(found.lost_by_processor[1].records, 12u);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_THAT(found.notes[0], HasSubstr("1 N with a range"));
}

TEST(format_samples, records_that_perf_lost_are_lost_on_their_processor) {
  const std::string text =
      "   fio  4021 [001]   700.396411: block:block_bio_queue: 253,0 WS 2048 + 8 [fio]\n"
      "   fio  4021 [003]   700.400000: PERF_RECORD_LOST lost 12\n";
  const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), strictly());
  EXPECT_EQ(read_all(*reader).requests.size(), 1u);
  const trace_description found = reader->describe();
  EXPECT_EQ(found.lost, 12u);
  ASSERT_EQ(found.lost_by_processor.size(), 1u);
  EXPECT_EQ(found.lost_by_processor[0].processor, 3u);
}

TEST(format_samples, the_summary_of_processes_is_no_damage) {
  const std::string text =
      "8,0 3 1 0.000000000 697 Q W 223490 + 8 [kjournald]\n\n"
      "kjournald (697)\n Reads Queued:           0,        0KiB\n"
      "sshd (70)\n Reads Queued:           0,        0KiB\n\nCPU3 (8,0):\n Reads Queued: 0\n";
  EXPECT_EQ(read_text(text, strictly()).requests.size(), 1u);
}

TEST(format_samples, a_latency_log_without_offsets_is_refused) {
  try {
    read_text("0, 1200, 1, 4096, 0\n500, 1200, 1, 65536, 0\n");
    FAIL() << "read";
  } catch (const pdata::error& e) {
    EXPECT_THAT(e.what(), HasSubstr("log_offset=1"));
  }
}

}  // namespace

}  // namespace sim::trace
