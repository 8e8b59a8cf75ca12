// The text and the binary form of blktrace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "persistent-data/base/error.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t queue = 1;
constexpr std::uint32_t split = 13;
constexpr std::uint32_t category(unsigned bit) { return std::uint32_t{1} << (bit + 16); }
constexpr std::uint32_t is_write = category(1);
constexpr std::uint32_t is_flush = category(2);
constexpr std::uint32_t is_notify = category(10);
constexpr std::uint32_t is_discard = category(13);
constexpr std::uint32_t is_fua = category(15);

struct event {
  std::uint64_t time = 0;
  std::uint32_t action = queue;
  std::uint64_t sector = 0;
  std::uint32_t bytes = 4096;
  std::uint32_t device = (8u << 20) | 1;
  std::string payload = {};
};

template <class T>
void append(std::string& out, T value, std::endian order) {
  if (order != std::endian::native) {
    if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
  }
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

std::string binary(const std::vector<event>& events, std::endian order = std::endian::little) {
  std::string out;
  std::uint32_t sequence = 0;
  for (const event& e : events) {
    append<std::uint32_t>(out, 0x65617407, order);
    append<std::uint32_t>(out, ++sequence, order);
    append<std::uint64_t>(out, e.time, order);
    append<std::uint64_t>(out, e.sector, order);
    append<std::uint32_t>(out, e.bytes, order);
    append<std::uint32_t>(out, e.action, order);
    append<std::uint32_t>(out, 123, order);
    append<std::uint32_t>(out, e.device, order);
    append<std::uint32_t>(out, 0, order);
    append<std::uint16_t>(out, 0, order);
    append<std::uint16_t>(out, static_cast<std::uint16_t>(e.payload.size()), order);
    out += e.payload;
  }
  return out;
}

std::string gunzip(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  std::string text;
  char chunk[4096];
  for (int got = 0; (got = gzread(file, chunk, sizeof(chunk))) > 0;)
    text.append(chunk, static_cast<std::size_t>(got));
  gzclose(file);
  return text;
}

std::string temporary_file(const std::string& name, const std::string& content) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(blktrace, text_and_binary_of_one_workload_give_the_same_requests) {
  const whole_trace text = read_files({sample_path("ext4-fio.blkparse.gz")}, strictly());
  const whole_trace binary_trace = read_files({sample_path("ext4-fio.blktrace.0.gz")}, strictly());
  EXPECT_EQ(text.format, trace_format::blkparse);
  EXPECT_EQ(binary_trace.format, trace_format::blktrace);
  EXPECT_THAT(text.devices, ElementsAre("253,1"));
  EXPECT_EQ(binary_trace.devices, text.devices);
  ASSERT_EQ(text.requests.size(), 3804u);
  EXPECT_EQ(to_text(text), to_text(binary_trace));
}

TEST(blktrace, all_kinds_of_requests_are_in_the_sample) {
  const whole_trace trace = read_files({sample_path("ext4-fio.blktrace.0.gz")});
  std::map<std::string, int> kinds;
  for (const io_request& r : trace.requests)
    ++kinds[std::string(r.preflush ? "F" : "") + std::string(name_of(r.op)) + (r.fua ? "F" : "")];
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"read", 1589},
                                               {"write", 2068},
                                               {"writeF", 6},
                                               {"FwriteF", 75},
                                               {"flush", 35},
                                               {"discard", 31}}));
}

// Thin blocks are provisioned by writes and unmapped by discards of the whole
// block: a model of that over the trace must end where the kernel did.
TEST(blktrace, the_blocks_that_the_requests_map_are_those_of_the_kernel) {
  constexpr std::uint64_t block_sectors = 128;
  std::set<std::uint64_t> mapped;
  for (const io_request& r : read_files({sample_path("ext4-fio.blktrace.0.gz")}).requests) {
    const std::uint64_t end = r.sector + r.nr_sectors;
    if (r.op == io_op::write)
      for (auto b = r.sector / block_sectors; b * block_sectors < end; ++b) mapped.insert(b);
    if (r.op == io_op::discard)
      for (auto b = (r.sector + block_sectors - 1) / block_sectors; (b + 1) * block_sectors <= end;
           ++b)
        mapped.erase(b);
  }

  std::set<std::uint64_t> kernel;
  const std::string xml = gunzip(sample_path("ext4-fio.kernel-result.xml.gz"));
  const std::regex mapping(
      R"re(origin_(?:begin|block)="(\d+)" data_\w+="\d+"(?: length="(\d+)")?)re");
  for (std::sregex_iterator m(xml.begin(), xml.end(), mapping), end; m != end; ++m) {
    const auto begin = std::stoull((*m)[1]);
    const auto length = (*m)[2].matched ? std::stoull((*m)[2]) : 1;
    for (std::uint64_t i = 0; i < length; ++i) kernel.insert(begin + i);
  }
  EXPECT_EQ(kernel.size(), 2093u);
  EXPECT_EQ(mapped, kernel);
}

TEST(blktrace, both_byte_orders_are_read) {
  const std::vector<event> events{{.time = 1000, .action = queue | is_write, .sector = 8},
                                  {.time = 1500, .action = queue, .sector = 64}};
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    const whole_trace trace = read_text(binary(events, order));
    EXPECT_THAT(to_text(trace), ElementsAre("write 8+8 at 0", "read 64+8 at 500"));
    EXPECT_THAT(trace.devices, ElementsAre("8,1"));
  }
}

TEST(blktrace, flags_make_flushes_and_discards) {
  const whole_trace trace =
      read_text(binary({{.action = queue | is_write | is_flush, .bytes = 0},
                        {.action = queue | is_write | is_flush | is_fua},
                        {.action = queue | is_write | is_discard, .sector = 128, .bytes = 65536}}));
  EXPECT_THAT(to_text(trace),
              ElementsAre("flush 0+0 at 0", "preflush write fua 0+8 at 0", "discard 128+128 at 0"));
}

TEST(blktrace, splits_and_notes_are_not_requests) {
  const whole_trace trace = read_text(
      binary({{.time = 7, .action = is_notify, .payload = "mkfs.ext4"},
              {.time = 9000, .action = queue | is_write, .bytes = 131072},
              {.time = 9001, .action = split | is_write, .sector = 128, .payload = "12345678"}}));
  EXPECT_THAT(to_text(trace), ElementsAre("write 0+256 at 0"));
  EXPECT_EQ(trace.statistics.skipped, 2u);
  EXPECT_EQ(trace.statistics.damaged, 0u);
}

// A split names the sector where the rest begins, big endian.
std::string rest_at(std::uint64_t sector) {
  std::string payload;
  append<std::uint64_t>(payload, sector, std::endian::big);
  return payload;
}

TEST(blktrace, the_rest_of_a_split_that_is_queued_again_is_counted_once) {
  const std::uint32_t write = queue | is_write;
  const whole_trace trace =
      read_text(binary({{.action = write, .sector = 100, .bytes = 384 * 512},
                        {.action = split | is_write, .sector = 100, .payload = rest_at(128)},
                        {.action = write, .sector = 128, .bytes = 356 * 512},
                        {.action = split | is_write, .sector = 128, .payload = rest_at(256)},
                        {.action = write, .sector = 256, .bytes = 228 * 512},
                        {.action = write, .sector = 256, .bytes = 228 * 512},
                        {.action = write, .sector = 600, .bytes = 64 * 512},
                        {.action = split | is_write, .sector = 600, .payload = rest_at(640)},
                        {.action = queue, .sector = 640, .bytes = 24 * 512}}));
  EXPECT_THAT(to_text(trace), ElementsAre("write 100+384 at 0", "write 256+228 at 0",
                                          "write 600+64 at 0", "read 640+24 at 0"));
}

TEST(blkparse, the_rest_of_a_split_that_is_queued_again_is_counted_once) {
  const whole_trace trace = read_text(
      "8,0 1 1 0.000000000 127 Q W 100 + 384 [x]\n"
      "8,0 1 2 0.000000100 127 X W 100 / 128 [x]\n"
      "8,0 1 3 0.000000200 99 Q W 128 + 356 [other process]\n"
      "8,0 1 4 0.000000300 127 Q W 128 + 356 [x]\n"
      "8,0 1 5 0.000000400 127 Q W 128 + 356 [x]\n");
  EXPECT_THAT(to_text(trace),
              ElementsAre("write 100+384 at 0", "write 128+356 at 200", "write 128+356 at 400"));
}

TEST(blktrace, events_with_a_cgroup_id_are_queue_events_too) {
  constexpr std::uint32_t with_cgroup = 1u << 8;
  const whole_trace trace =
      read_text(binary({{.action = queue | with_cgroup | is_write, .payload = "cgroupid"}}));
  EXPECT_THAT(to_text(trace), ElementsAre("write 0+8 at 0"));
}

TEST(blktrace, files_of_several_processors_are_merged_by_time) {
  const std::string a = temporary_file(
      "merge.blktrace.0", binary({{.time = 100, .sector = 1}, {.time = 300, .sector = 3}}));
  const std::string b = temporary_file(
      "merge.blktrace.1", binary({{.time = 200, .sector = 2}, {.time = 250, .sector = 4}}));
  const whole_trace trace = read_files({a, b});
  EXPECT_THAT(to_text(trace), ElementsAre("read 1+8 at 0", "read 2+8 at 100", "read 4+8 at 150",
                                          "read 3+8 at 200"));
  EXPECT_EQ(trace.requests[1].file, 1u);
  EXPECT_EQ(read_files({b, a}).requests.size(), 4u);
}

TEST(blktrace, events_slightly_out_of_order_find_their_place) {
  const whole_trace trace = read_text(
      binary({{.time = 100, .sector = 1}, {.time = 300, .sector = 3}, {.time = 200, .sector = 2}}));
  EXPECT_THAT(to_text(trace), ElementsAre("read 1+8 at 0", "read 2+8 at 100", "read 3+8 at 200"));
  EXPECT_EQ(trace.statistics.late, 0u);
}

TEST(blktrace, reading_goes_on_after_damaged_bytes) {
  const std::string good = binary({{.sector = 8}});
  const whole_trace trace =
      read_text(good + "some bytes that are no record of any kind, long enough" +
                binary({{.sector = 16}, {.sector = 24}}) + good.substr(0, 20));
  EXPECT_THAT(to_text(trace), ElementsAre("read 8+8 at 0", "read 16+8 at 0", "read 24+8 at 0"));
  EXPECT_EQ(trace.statistics.damaged, 2u);
  ASSERT_EQ(trace.statistics.problems.size(), 2u);
  EXPECT_EQ(trace.statistics.problems[0].position, "memory: record 2");
  EXPECT_THAT(trace.statistics.problems[0].reason, HasSubstr("54 bytes"));
  EXPECT_THAT(trace.statistics.problems[1].reason, HasSubstr("cut off"));
}

TEST(blktrace, a_request_beyond_every_device_is_damage) {
  const whole_trace trace =
      read_text(binary({{.sector = 1}, {.action = queue | is_write, .sector = ~0ull - 3}}));
  EXPECT_EQ(trace.requests.size(), 1u);
  EXPECT_EQ(trace.statistics.damaged, 1u);
}

std::string version_2(const std::vector<event>& events, std::uint64_t extra_action,
                      std::endian order) {
  std::string out;
  std::uint32_t sequence = 0;
  for (const event& e : events) {
    append<std::uint32_t>(out, 0x65617408, order);
    append<std::uint32_t>(out, ++sequence, order);
    append<std::uint64_t>(out, e.time, order);
    append<std::uint64_t>(out, e.sector, order);
    append<std::uint32_t>(out, e.bytes, order);
    append<std::uint32_t>(out, 123, order);
    append<std::uint64_t>(out, e.action | extra_action, order);
    append<std::uint32_t>(out, e.device, order);
    append<std::uint32_t>(out, 3, order);
    append<std::uint16_t>(out, 0, order);
    append<std::uint16_t>(out, static_cast<std::uint16_t>(e.payload.size()), order);
    out += std::string(12, '\0') + e.payload;
  }
  return out;
}

TEST(blktrace, version_2_has_write_zeroes_and_zone_operations_of_its_own) {
  constexpr std::uint64_t write_zeroes = std::uint64_t{1} << (22 + 16);
  constexpr std::uint64_t zone_reset = std::uint64_t{1} << (17 + 16);
  for (const std::endian order : {std::endian::little, std::endian::big}) {
    const std::string bytes =
        version_2({{.time = 5, .action = is_notify, .payload = "name"}}, 0, order) +
        version_2({{.time = 1000, .action = queue | is_write, .sector = 8}}, 0, order) +
        version_2({{.time = 1500, .action = queue | is_write, .sector = 64, .bytes = 1 << 20}},
                  write_zeroes, order) +
        version_2({{.time = 1600, .action = queue | is_write | is_fua, .sector = 1}}, 0, order) +
        version_2({{.time = 1700, .action = queue | is_write, .sector = 1}}, zone_reset, order);
    const whole_trace trace = read_text(bytes);
    EXPECT_THAT(to_text(trace), ElementsAre("write 8+8 at 0", "write_zeroes 64+2048 at 500",
                                            "write fua 1+8 at 600"));
    EXPECT_THAT(trace.devices, ElementsAre("8,1"));
    EXPECT_EQ(trace.statistics.damaged, 1u);
  }
}

// A loop device on Linux 7.3: dd, mkfs.ext4, files, fstrim. The sums were taken by
// a reader of the published structure in another language.
TEST(blktrace, a_recording_of_version_2_is_read) {
  const auto reader = open_traces(std::vector{sample_path("loop-v2.blktrace.0.gz")}, strictly());
  const whole_trace trace = read_all(*reader);
  std::map<std::string, int> kinds;
  std::map<std::string, std::uint64_t> sectors;
  std::uint64_t sum = 0;
  for (const io_request& r : trace.requests) {
    ++kinds[std::string(name_of(r.op))];
    sectors[std::string(name_of(r.op))] += r.nr_sectors;
    sum += r.sector;
  }
  EXPECT_EQ(kinds,
            (std::map<std::string, int>{{"discard", 1}, {"flush", 4}, {"read", 3}, {"write", 25}}));
  EXPECT_EQ(sectors, (std::map<std::string, std::uint64_t>{
                         {"discard", 2048}, {"flush", 0}, {"read", 384}, {"write", 2720}}));
  EXPECT_EQ(sum, 149776u);
  EXPECT_EQ(trace.requests.back().time_ns, 3'263'583'639u);
  EXPECT_THAT(trace.devices, ElementsAre("7,0"));
  const trace_description found = reader->describe();
  EXPECT_EQ(found.lost, 0u);
  EXPECT_EQ(found.columns.back().unit, "version 2");
}

trace_description description_of(const std::vector<std::string>& paths) {
  const auto reader = open_traces(paths, {});
  read_all(*reader);
  return reader->describe();
}

TEST(blktrace, records_that_the_sequence_numbers_miss_are_lost_on_their_processor) {
  EXPECT_EQ(description_of({sample_path("ext4-fio.blktrace.0.gz")}).lost, 0u);
  const std::vector<event> ten(10);
  constexpr std::size_t record = 48;
  const std::string bytes = binary(ten);
  const std::string holes = temporary_file(
      "holes.blktrace.0", bytes.substr(2 * record, 3 * record) + bytes.substr(9 * record));
  const trace_description found = description_of({holes});
  EXPECT_EQ(found.lost, 2u + 4u);
  ASSERT_EQ(found.lost_by_processor.size(), 1u);
  EXPECT_EQ(found.lost_by_processor[0].device, "8,1");
  EXPECT_EQ(found.lost_by_processor[0].processor, 0u);
  EXPECT_EQ(found.used, 4u);
  const std::string twice = temporary_file("twice.blktrace.0", bytes + bytes);
  EXPECT_EQ(description_of({twice}).lost, 0u);
}

constexpr std::string_view text_sample =
    "  8,0    1        1     5.000000000   127  Q   W 8 + 16 [two words]\n"
    "  8,0    1        2     5.000000100     0  m   N cfq123 arm_idle: 8\n"
    "  8,0    1        3     5.000000200   127  X   W 16 / 16 [two words]\n"
    "  8,0    1        4     5.000000300   127  Q   R 36 (12 01 00 00 24 00 00 ) [hald]\n"
    "  8,0    1        5     5.000001000   127  Q FWS [sync]\n"
    "  8,0    1        6     5.000002000   127  Q  DS 128 + 256 [fstrim]\n"
    "  8,0    1        7     5.000003000   127  Q WFSM 0 + 8 [jbd2]\n"
    "CPU0 (sda):\n"
    " Reads Queued:           0,        0KiB\t Writes Queued:           3,      128KiB\n"
    "\n"
    "Total (sda):\n"
    " Reads Queued:           0,        0KiB\n";

TEST(blkparse, every_line_is_a_request_or_understood) {
  const whole_trace trace = read_text(text_sample, strictly());
  EXPECT_EQ(trace.format, trace_format::blkparse);
  EXPECT_THAT(to_text(trace), ElementsAre("write 8+16 at 0", "flush 0+0 at 1000",
                                          "discard 128+256 at 2000", "write fua 0+8 at 3000"));
  EXPECT_EQ(trace.requests[3].record, 7u);
}

TEST(blkparse, a_damaged_line_is_counted_with_its_position) {
  const std::string text =
      "8,0 1 1 5.000000000 127 Q W 8 + 16 [x]\n"
      "8,0 1 2 5.00000\n"
      "8,0 1 3 5.000000000 127 Q W 8 - 16 [x]\n"
      "8,0 1 4 5.000000000 127 Q Y 8 + 16 [x]\n"
      "8,0 1 5 5.000000000 127 Q W 18446744073709551615 + 16 [x]\n"
      "8,0 1 6 5.000000000 127 Q W 99999999999999999999 + 16 [x]\n";
  const whole_trace trace = read_text(text);
  EXPECT_EQ(trace.requests.size(), 1u);
  EXPECT_EQ(trace.statistics.damaged, 5u);
  ASSERT_EQ(trace.statistics.problems.size(), 5u);
  EXPECT_EQ(trace.statistics.problems[0].position, "memory: line 2");
  EXPECT_EQ(trace.statistics.problems[2].reason, "unknown kind of request: 'Y'");
  try {
    read_text(text, strictly());
    FAIL() << "strict reading accepted a damaged line";
  } catch (const pdata::error& e) {
    EXPECT_STREQ(e.what(), "memory: line 2: not a line of blkparse: '8,0 1 2 5.00000'");
  }
}

std::string lines_of(const std::string& action, int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i)
    text += "8,0 1 " + std::to_string(i) + " " + std::to_string(i) + ".000000000 7 " + action +
            " W " + std::to_string(i * 8) + " + 8 [x]\n";
  return text;
}

TEST(blkparse, a_trace_without_queue_events_is_read_by_its_next_best_ones) {
  const auto read = [](const std::string& text) {
    const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), strictly());
    const std::size_t requests = read_all(*reader).requests.size();
    const auto notes = reader->describe().notes;
    return std::pair(requests, notes.empty() ? std::string() : notes.front());
  };
  EXPECT_EQ(read(lines_of("Q", 1, 6) + lines_of("D", 6, 8)), std::pair(5ul, std::string()));
  const auto issued = read(lines_of("C", 1, 6) + lines_of("D", 6, 8));
  EXPECT_EQ(issued.first, 2u);
  EXPECT_THAT(issued.second, HasSubstr("Requests are the issue events"));
  const auto completed = read(lines_of("C", 1, 6) + lines_of("I", 6, 8));
  EXPECT_EQ(completed.first, 5u);
  EXPECT_THAT(completed.second, HasSubstr("Requests are the complete events"));
}

TEST(blkparse, the_kind_of_event_is_chosen_for_all_files_and_never_changes) {
  const std::string a = temporary_file("events.0", lines_of("C", 1, 6));
  const std::string b = temporary_file("events.1", lines_of("Q", 3, 5));
  EXPECT_EQ(read_files({a, b}).requests.size(), 2u);
  const std::string late = lines_of("C", 1, 20000) + lines_of("Q", 20000, 20001);
  try {
    read_text(late);
    FAIL() << "the kind of event changed";
  } catch (const pdata::error& e) {
    EXPECT_THAT(e.what(), HasSubstr("--events queue"));
  }
  trace_options options;
  options.events = event_kind::complete;
  EXPECT_EQ(read_text(late, options).requests.size(), 19999u);
}

TEST(blkparse, files_that_each_begin_at_zero_are_noticed) {
  const std::string a = temporary_file("zero.0", lines_of("Q", 0, 3));
  const std::string b = temporary_file("zero.1", lines_of("Q", 0, 2));
  const std::string c = temporary_file("later.1", lines_of("Q", 1, 2));
  EXPECT_THAT(description_of({a, b}).notes,
              testing::Contains(HasSubstr("Each file's clock begins at 0")));
  EXPECT_THAT(description_of({a, c}).notes, testing::IsEmpty());
  EXPECT_THAT(description_of({a}).notes, testing::IsEmpty());
}

TEST(blkparse, flushes_without_fua_are_noticed) {
  const auto notes = [](const std::string& text) {
    const auto reader = open_trace_bytes(std::as_bytes(std::span(text)), {});
    read_all(*reader);
    return reader->describe().notes;
  };
  const std::string flush = "8,0 1 1 1.0 7 Q FWS [x]\n";
  EXPECT_THAT(notes(flush), testing::Contains(HasSubstr("no FUA writes")));
  EXPECT_THAT(notes(flush + "8,0 1 2 1.0 7 Q WFS 0 + 8 [x]\n"), testing::IsEmpty());
}

}  // namespace

}  // namespace sim::trace
