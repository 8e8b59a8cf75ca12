// Files, compression, detection, long lines; and bytes that are no trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <rapidcheck.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>

#include "persistent-data/base/error.h"
#include "sim/trace/parse_everything.h"
#include "tests/unit/sim/trace/trace_samples.h"

namespace sim::trace {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string gzip(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string message_of(std::string_view bytes, const trace_options& options = {}) {
  try {
    read_text(bytes, options);
  } catch (const pdata::error& e) {
    return e.what();
  }
  return "accepted";
}

std::string many_lines(int count) {
  std::string text = "time_us,op,offset_sectors,length_sectors\n";
  for (int i = 0; i < count; ++i)
    text += std::to_string(i) + ",w," + std::to_string(i * 977 % 100003) + ",8\n";
  return text;
}

TEST(trace_input, several_gzip_members_are_one_trace) {
  const std::string text = many_lines(30000);
  const std::size_t middle = text.size() / 2;
  const whole_trace plain = read_text(text, strictly());
  EXPECT_EQ(plain.requests.size(), 30000u);
  EXPECT_EQ(read_text(gzip(text), strictly()).requests, plain.requests);
  const std::string members = gzip(text.substr(0, middle)) + gzip(text.substr(middle));
  EXPECT_EQ(read_text(members, strictly()).requests, plain.requests);
  EXPECT_EQ(read_text(members + std::string(512, '\0'), strictly()).requests, plain.requests);
}

TEST(trace_input, zeroes_may_follow_gzip_data_and_other_bytes_may_not) {
  const std::string whole = gzip(many_lines(20));
  EXPECT_EQ(read_text(whole + std::string(1000, '\0') + whole, strictly()).requests.size(), 40U);
  const whole_trace trace = read_text(whole + "something else");
  EXPECT_EQ(trace.requests.size(), 20U);
  EXPECT_EQ(trace.statistics.problems.back().reason, "the gzip data is damaged");
}

TEST(trace_input, a_cut_gzip_file_gives_what_there_is_and_says_so) {
  const std::string whole = gzip(many_lines(30000));
  const whole_trace trace = read_text(std::string_view(whole).substr(0, whole.size() / 2));
  EXPECT_GT(trace.requests.size(), 10000u);
  ASSERT_FALSE(trace.statistics.problems.empty());
  EXPECT_EQ(trace.statistics.problems.back().reason, "the gzip data is cut off");
  EXPECT_THAT(message_of(std::string_view(whole).substr(0, whole.size() / 2), strictly()),
              testing::Not("accepted"));
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

TEST(trace_input, xz_and_zstd_are_read_in_one_part_or_several) {
  const std::string text = many_lines(30000);
  const whole_trace plain = read_text(text, strictly());
  for (const auto compress : {xz, zstd, gzip}) {
    EXPECT_EQ(read_text(compress(text), strictly()).requests, plain.requests);
    const std::string parts = compress(text.substr(0, 777)) + compress(text.substr(777));
    EXPECT_EQ(read_text(parts, strictly()).requests, plain.requests);
  }
}

TEST(trace_input, cut_or_damaged_xz_and_zstd_give_what_there_is_and_say_so) {
  const std::string text = many_lines(60000);
  for (const auto compress : {xz, zstd}) {
    const std::string whole = compress(text);
    const whole_trace cut = read_text(std::string_view(whole).substr(0, whole.size() - 9));
    EXPECT_FALSE(cut.requests.empty());
    ASSERT_FALSE(cut.statistics.problems.empty());
    EXPECT_THAT(cut.statistics.problems.back().reason, HasSubstr("data is cut off"));
    std::string changed = whole;
    for (std::size_t i = whole.size() / 2; i < whole.size() / 2 + 64; ++i) changed[i] ^= 0x55;
    EXPECT_THAT(message_of(changed, strictly()), testing::Not("accepted"));
  }
}

std::string in_utf16(const std::string& text, bool big) {
  std::string wide = big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) {
    if (big) wide += '\0';
    wide += c;
    if (!big) wide += '\0';
  }
  return wide;
}

TEST(trace_input, marks_of_encodings_are_no_part_of_the_text) {
  const std::string msr =
      "128166372003061629,usr,0,Write,1048576,4096,1331\r\n"
      "128166372008061629,usr,0,Write,536870912,65536,1331";
  const whole_trace plain = read_text(msr, strictly());
  ASSERT_EQ(plain.requests.size(), 2u);
  for (const std::string& marked :
       {"\xef\xbb\xbf" + msr, in_utf16(msr, false), in_utf16(msr, true)}) {
    EXPECT_EQ(read_text(marked, strictly()).requests, plain.requests);
    EXPECT_EQ(read_text(gzip(marked), strictly()).requests, plain.requests);
  }
  const std::string long_text = many_lines(30000);
  EXPECT_EQ(read_text(in_utf16(long_text, false), strictly()).requests,
            read_text(long_text, strictly()).requests);
  const std::string cut = in_utf16(msr, false) + "1";
  EXPECT_THAT(read_text(cut).statistics.problems.back().reason,
              HasSubstr("UTF-16 text is cut off"));
}

TEST(trace_input, other_compressions_are_named) {
  EXPECT_THAT(message_of("BZh91AY"), HasSubstr("bzcat"));
}

TEST(trace_input, unknown_and_empty_content_is_an_error) {
  EXPECT_THAT(message_of(""), HasSubstr("is empty"));
  EXPECT_THAT(message_of("hello, world\n"), HasSubstr("--format"));
  trace_options as_csv;
  as_csv.format = trace_format::csv;
  EXPECT_THAT(message_of("hello, world\n", as_csv), HasSubstr("--columns"));
}

TEST(trace_input, files_are_named_in_errors) {
  try {
    read_files({"/no/such/trace"});
    FAIL() << "opened";
  } catch (const pdata::error& e) {
    EXPECT_STREQ(e.what(), "Couldn't open trace '/no/such/trace': No such file or directory");
  }
  EXPECT_THROW(read_files({"-", "-"}), pdata::error);
  EXPECT_THROW(read_files({testing::TempDir()}), pdata::error);
  EXPECT_THROW(read_files({}), pdata::error);
}

// Writes each text to a file and reads all of them.
std::string merged(const std::vector<std::string>& texts, std::vector<std::string>& notes) {
  // Other tests of this file run at the same time.
  const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::vector<std::string> paths;
  for (const std::string& text : texts) {
    paths.push_back(testing::TempDir() + test + "-" + std::to_string(paths.size()));
    std::ofstream(paths.back()) << text;
  }
  const auto reader = open_traces(paths, strictly());
  std::string all;
  io_request request;
  while (reader->next(request)) all += to_text(request) + "\n";
  notes = reader->describe().notes;
  return all;
}

TEST(trace_input, traces_of_different_formats_begin_together_where_they_have_no_dates) {
  std::vector<std::string> notes;
  EXPECT_EQ(merged({"8,0 0 1 5.000000000 7 Q W 8 + 8 [x]\n8,0 0 2 6.000000000 7 Q R 8 + 8 [x]\n",
                    "7,W,4096,512,1577808144000000\n7,R,4096,512,1577808144500000\n"},
                   notes),
            "write 8+8 at 0\nwrite 8+1 at 0\nread 8+1 at 500000000\nread 8+8 at 1000000000\n");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("as if their recordings had begun together"));
}

TEST(trace_input, traces_of_different_formats_are_merged_by_their_dates) {
  std::vector<std::string> notes;
  EXPECT_EQ(merged({"7,W,4096,512,1577808144000000\n",
                    "time,op,offset,length\n2019-12-31T16:02:25Z,W,0,4096\n"},
                   notes),
            "write 8+1 at 0\nwrite 0+8 at 1000000000\n");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("merged by the dates"));
}

// The other one's queue events would leave this one out without a word.
TEST(trace_input, the_kind_of_events_is_chosen_for_each_format) {
  std::vector<std::string> notes;
  const std::string issued = "8,0 0 1 5.000000000 7 D W 8 + 8 [x]\n";
  EXPECT_EQ(
      merged({issued, "  x 1 [0] 7.000000: block:block_bio_queue: 8,16 W 0 + 8 [x]\n"}, notes),
      "write 8+8 at 0\nwrite 0+8 at 0\n");
  EXPECT_EQ(merged({issued, "8,16 0 1 5.000000000 7 Q W 0 + 8 [x]\n"}, notes), "write 0+8 at 0\n");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("begins without queue events"));
}

TEST(trace_input, a_line_without_end_does_not_fill_the_memory) {
  std::string text = many_lines(2);
  text += std::string(3'000'000, 'x') + "\n";
  text += "5,r,0,8";
  const whole_trace trace = read_text(text);
  EXPECT_EQ(trace.requests.size(), 3u);
  ASSERT_EQ(trace.statistics.problems.size(), 1u);
  EXPECT_EQ(trace.statistics.problems[0].reason, "the line is too long");
  EXPECT_EQ(trace.statistics.problems[0].position, "memory: line 4");
}

TEST(trace_input, only_the_first_problems_are_kept) {
  std::string text = many_lines(1);
  for (int i = 0; i < 1000; ++i) text += "broken\n";
  const whole_trace trace = read_text(text);
  EXPECT_EQ(trace.statistics.damaged, 1000u);
  EXPECT_EQ(trace.statistics.problems.size(), trace_statistics::problems_kept);
}

TEST(trace_input, too_many_devices_are_damage) {
  std::string text = "time_s,op,offset_bytes,length_bytes,device\n";
  for (std::size_t i = 0; i < device_table::devices_max + 7; ++i)
    text += "1,r,0,512," + std::to_string(i) + "\n";
  const whole_trace trace = read_text(text);
  EXPECT_EQ(trace.devices.size(), device_table::devices_max);
  EXPECT_EQ(trace.statistics.damaged, 7u);
}

TEST(trace_input, what_messages_quote_is_printable) {
  const whole_trace trace = read_text("time_s,op,offset_bytes,length_bytes\n1,\x1b[31mred,0,512\n");
  ASSERT_EQ(trace.statistics.problems.size(), 1u);
  EXPECT_EQ(trace.statistics.problems[0].reason, "unknown operation: '?[31mred'");
}

TEST(trace_input, progress_counts_compressed_bytes) {
  const std::string whole = gzip(many_lines(5000));
  const auto reader = open_trace_bytes(std::as_bytes(std::span(whole)), {});
  EXPECT_EQ(reader->total_bytes(), whole.size());
  read_all(*reader);
  EXPECT_EQ(reader->consumed_bytes(), whole.size());
}

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> all = [] {
    const std::string vscsi_record(
        "\0\0\0\0\0\x10\0\0\1\0\0\0\x2a\0\0\1\5\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0", 32);
    return std::vector<std::string>{
        "8,0 1 1 5.000000000 127 Q W 8 + 16 [x]\n8,0 1 1 5.100000000 127 Q FWS [x]\n",
        std::string(
            "\x07\x74\x61\x65\1\0\0\0\5\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\0\x10\0\0\1\0\2\0\1\0"
            "\0\0\1\0\x80\0\0\0\0\0\0\0\4\0abcd",
            52),
        "fio version 3 iolog\n0 /f add\n1 /f write 0 4096\n",
        "fio version 2 iolog\n/f add\n/f write 0 4096\n/f wait 1000 0\n/f trim 0 512\n",
        vscsi_record + vscsi_record,
        "128166385295514663,hm,0,Write,9056014336,2048,2833\n",
        "419,W,8792731648,16384,1577808144360767\n",
        "1538323199,12910952,128,0,1063\n",
        many_lines(5),
        gzip(many_lines(20)),
    };
  }();
  return all;
}

TEST(trace_input, every_seed_is_a_trace) {
  for (const std::string& seed : seeds())
    EXPECT_GT(parse_everything(std::as_bytes(std::span(seed))), 0u) << seed;
}

TEST(trace_input, mutated_traces_are_read_or_refused) {
  EXPECT_TRUE(rc::check("mutations of every format", [] {
    std::string bytes;
    const auto pieces = *rc::gen::inRange(1, 4);
    for (int i = 0; i < pieces; ++i) bytes += *rc::gen::elementOf(seeds());
    const auto changes = *rc::gen::inRange(0, 12);
    for (int i = 0; i < changes && !bytes.empty(); ++i) {
      const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          bytes[place] = *rc::gen::arbitrary<char>();
          break;
        case 1:
          bytes.erase(place, *rc::gen::inRange<std::size_t>(1, 20));
          break;
        case 2:
          bytes.insert(place, *rc::gen::element<std::string>("99999999999999999999", ",", "\n", " ",
                                                             "-", std::string(4, '\xff')));
          break;
        default:
          bytes.resize(place);
          break;
      }
    }
    parse_everything(std::as_bytes(std::span(bytes)));
  }));
}

TEST(trace_input, arbitrary_bytes_are_read_or_refused) {
  EXPECT_TRUE(rc::check("arbitrary bytes", [](const std::vector<std::uint8_t>& bytes) {
    parse_everything(std::as_bytes(std::span(bytes)));
  }));
}

}  // namespace

}  // namespace sim::trace
