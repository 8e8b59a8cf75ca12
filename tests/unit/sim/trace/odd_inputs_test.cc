// Inputs that are not quite what a format asks for: refused with what would settle it, or read
// with a word about what was assumed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "persistent-data/base/error.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string refusal_of(std::string_view text) {
  try {
    read_text(text);
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "read";
}

trace_description described(std::string_view text) {
  const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), {});
  read_all(*reader);
  return reader->describe();
}

TEST(odd_headers, a_unit_that_is_no_number_of_bytes_is_refused_with_the_likeliest) {
  EXPECT_THAT(refusal_of("time_s,op,LBA(4K),blocks(4K)\n0.5,W,256,1\n"),
              AllOf(HasSubstr("powers of 1024 or of 1000"),
                    HasSubstr("--columns 'time_s,op,offset_4096,length_4096 header=yes'")));
  EXPECT_THAT(refusal_of("time_s,op,offset in blocks,size in blocks\n0.5,W,256,1\n"),
              AllOf(HasSubstr("how many bytes a block has"),
                    HasSubstr("--columns 'time_s,op,offset_4096,length_4096 header=yes'")));
  EXPECT_THAT(refusal_of("time_us,cmd,page,pages\n500000,WRITE,256,1\n"),
              AllOf(HasSubstr("how many bytes a page has"), HasSubstr("'time_us,op,offset_4096")));
  EXPECT_THAT(refusal_of("time_s,op,offset(KB),size(KB)\n0.5,W,1024,4\n"),
              HasSubstr("'time_s,op,offset_kib,length_kib header=yes'"));
}

TEST(odd_headers, a_time_is_not_left_out_under_another_name) {
  EXPECT_THAT(refusal_of("submit_time_us,complete_time_us,op,offset_bytes,length_bytes\n"
                         "5,6,write,1048576,4096\n"),
              HasSubstr("'submit_time_us' and 'complete_time_us' may both"));
  EXPECT_THAT(refusal_of("wall_clock,op,offset_bytes,length_bytes\n5.5,write,1048576,4096\n"),
              AllOf(HasSubstr("column 'wall_clock' may be the time"),
                    HasSubstr("'time_s,op,offset_bytes,length_bytes header=yes'")));
  EXPECT_EQ(refusal_of("response_time,op,offset_bytes,length_bytes\n5.5,write,1048576,4096\n"),
            "read");
  EXPECT_THAT(described("op,offset_bytes,length_bytes\nwrite,1048576,4096\n").notes,
              ElementsAre(HasSubstr("No column is a time")));
}

TEST(odd_headers, a_header_without_addresses_is_no_reason_to_propose_some) {
  const std::string refusal = refusal_of(
      "Attaching 4 probes...\nTIME(ms)     DISK    COMM   PID    LAT(ms)\n"
      "611          nvme0n1 bash   4179      10\n");
  EXPECT_THAT(refusal, AllOf(HasSubstr("none of them is an offset or a length"),
                             Not(HasSubstr("for example"))));
}

TEST(odd_headers, zeroes_and_ones_are_proposed_as_the_operation) {
  EXPECT_THAT(refusal_of("0,1048576,4096\n1,1048576,4096\n"),
              HasSubstr("--columns 'op,offset_bytes,length_bytes read=0 write=1'"));
}

TEST(odd_headers, dates_are_called_dates) {
  const auto found =
      described("time,op,offset_bytes,length_bytes\n2026-11-28T10:00:00Z,write,1048576,4096\n");
  EXPECT_EQ(found.columns.at(0).unit, "ISO 8601");
}

TEST(odd_headers, times_that_no_list_of_columns_settles_get_no_list) {
  for (const std::string time :
       {"1969-12-31T23:59:59Z", "2026-11-28", "11/28/2026 10:00:00", "10:00:00.5"})
    EXPECT_THAT(refusal_of("time,op,offset_bytes,length_bytes\n" + time + ",write,1048576,4096\n"),
                AllOf(HasSubstr("neither numbers nor ISO 8601"), Not(HasSubstr("--columns"))))
        << time;
}

TEST(odd_headers, columns_may_stand_between_bars) {
  EXPECT_THAT(to_text(read_text("time_ms|op|sector|nsectors\n500|W|2048|8\n", strictly())),
              ElementsAre("write 2048+8 at 0"));
}

TEST(odd_inputs, the_first_record_has_to_be_one_of_the_format) {
  std::string text = "a,b,c,d,e\n";
  for (int i = 0; i < 20; ++i) text += "0,2048,4096,w," + std::to_string(i) + ".5\n";
  EXPECT_THAT(refusal_of(text), HasSubstr("is not known"));
}

TEST(odd_inputs, what_is_no_trace_is_named) {
  EXPECT_THAT(refusal_of(std::string("PERFILE2") + std::string(100, 'x')),
              HasSubstr("perf script -i FILE"));
  EXPECT_THAT(refusal_of(std::string("\x17\x08\x44tracing6")), HasSubstr("trace-cmd report"));
  EXPECT_THAT(refusal_of("[{\"time\":0.5,\"op\":\"write\",\"offset\":1048576,\"length\":4096}]\n"),
              HasSubstr("JSON"));
  EXPECT_THAT(refusal_of("cpus=1\n dd-100 [001]  5.000001: block_bio_queue:  dev=265289728 "
                         "sector=2048 nr_sector=8 rwbs=WS comm=dd\n"),
              HasSubstr("prints without -R"));
  std::string tar = "time_s,op,offset_bytes,length_bytes";
  tar.resize(257, '\0');
  EXPECT_THAT(refusal_of(tar + "ustar  \n0.5,write,0,4096\n"), HasSubstr("an archive of tar"));
}

TEST(odd_inputs, block_events_need_a_time) {
  EXPECT_THAT(refusal_of("dd 100 block:block_bio_queue: 8,0 WS 2048 + 8 [dd]\n"),
              HasSubstr("perf script -F +time"));
  EXPECT_THAT(refusal_of(" dd-100 [001] 500000001000: block_bio_queue: 8,0 WS 2048 + 8 [dd]\n"),
              HasSubstr("in seconds with a fraction"));
}

TEST(odd_inputs, perf_script_may_print_the_period) {
  EXPECT_THAT(
      to_text(read_text("dd 100 [002] 500.000001:  1 block:block_bio_queue: 8,0 WS 2048 + 8 "
                        "[dd]\n",
                        strictly())),
      ElementsAre("write 2048+8 at 0"));
}

std::string blkparse_line(int number, char action) {
  return "  8,0    0 " + std::to_string(number) + " " + std::to_string(number) + ".5  100  " +
         action + "  WS " + std::to_string(2048 + number * 8) + " + 8 [x]\n";
}

TEST(odd_inputs, a_few_queue_events_among_many_issue_events_are_not_all_requests) {
  std::string text = blkparse_line(1, 'Q');
  for (int i = 2; i < 200; ++i) text += blkparse_line(i, 'D');
  EXPECT_THAT(refusal_of(text), HasSubstr("198 issue events and only 1 queue events"));
  std::string sound;
  for (int i = 2; i < 200; ++i) sound += blkparse_line(i, i % 2 == 0 ? 'Q' : 'D');
  EXPECT_EQ(refusal_of(sound), "read");
}

TEST(odd_inputs, a_late_queue_event_is_found_out_however_much_is_read_at_once) {
  std::string text;
  for (int i = 1; i < 3000; ++i) text += blkparse_line(i, 'D');
  EXPECT_THAT(refusal_of(text + blkparse_line(3000, 'Q')), HasSubstr("begins with issue events"));
}

std::string blktrace_record(std::uint32_t sequence) {
  std::string record(48, '\0');
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) record[at + i] = static_cast<char>(value >> (8 * i));
  };
  put(0, 0x65617407, 4);
  put(4, sequence, 4);
  put(8, sequence * 1000, 8);
  put(16, sequence * 8, 8);
  put(24, 4096, 4);
  put(28, 0x20001, 4);  // Q, a write
  put(36, 8U << 20U, 4);
  return record;
}

TEST(odd_inputs, a_blktrace_record_that_another_one_cuts_off_is_the_only_one_lost) {
  const std::string text = blktrace_record(1) + blktrace_record(2).substr(0, 19) +
                           blktrace_record(3) + blktrace_record(4);
  const whole_trace trace = read_text(text);
  EXPECT_THAT(to_text(trace),
              ElementsAre("write 8+8 at 0", "write 24+8 at 2000", "write 32+8 at 3000"));
  EXPECT_EQ(trace.statistics.damaged, 1U);
  EXPECT_THAT(trace.devices, ElementsAre("8,0"));
}

TEST(odd_inputs, a_file_with_nothing_in_it_is_no_error_beside_others) {
  const std::string folder = testing::TempDir() + "odd_inputs";
  const auto file = [&](const std::string& name, const std::string& bytes) {
    const std::string path = folder + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  };
  const std::string zero = file(".blktrace.0", blktrace_record(1));
  const std::string one = file(".blktrace.1", "");
  const std::string two = file(".blktrace.2", blktrace_record(1));
  const auto notes = [](const std::vector<std::string>& paths) {
    const auto reader = open_traces(paths, {});
    EXPECT_EQ(read_all(*reader).requests.size(), 2U);
    return reader->describe().notes;
  };
  EXPECT_THAT(notes({zero, one, two}), AllOf(Contains(HasSubstr(".blktrace.1' is empty")),
                                             Not(Contains(HasSubstr("is not among the files")))));
  EXPECT_THAT(notes({zero, two}), Contains(HasSubstr(".blktrace.1' is not among the files")));
  EXPECT_THROW(open_traces(std::vector<std::string>{one}, {}), pdata::error);
}

}  // namespace

}  // namespace sim::trace
