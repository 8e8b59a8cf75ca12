#include "thin-tools/text/text_sink.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "persistent-data/base/error.h"
#include "thin-tools/console/output.h"

namespace thin_tools {
namespace {

TEST(text_buffer, keeps_the_order_of_pieces_of_every_size) {
  string_sink sink;
  text_buffer buffer(sink, 32);
  std::string expected;
  for (std::uint64_t i = 1; i != 0 && i < UINT64_MAX / 7; i *= 7) {
    const std::string word(static_cast<std::size_t>(i % 41), 'x');
    buffer << word << i;
    expected += word + std::to_string(i);
  }
  buffer << UINT64_MAX;
  buffer.finish();
  EXPECT_EQ(sink.text(), expected + "18446744073709551615");
}

TEST(text_buffer, writes_numbers_of_every_length) {
  string_sink sink;
  text_buffer buffer(sink, 64);
  std::string expected;
  const auto add = [&](std::uint64_t number) {
    buffer << number;
    expected += std::to_string(number);
  };
  for (std::uint64_t n = 0; n < 100'000; n += n < 2000 ? 1 : 97) add(n);
  for (std::uint64_t power = 1; power < UINT64_MAX / 10; power *= 10)
    for (const std::uint64_t n : {power - 1, power, power + 1, 5 * power + 37, 9 * power}) add(n);
  buffer.finish();
  EXPECT_EQ(sink.text(), expected);
}

TEST(text_buffer, writes_nothing_when_dropped) {
  string_sink sink;
  { text_buffer(sink) << "half"; }
  EXPECT_EQ(sink.text(), "");
}

TEST(descriptor_sink, tells_a_closed_pipe_from_other_failures) {
  ignore_closed_pipes();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_THROW(descriptor_sink(ends[1], "pipe").write("x"), closed_pipe);
  close(ends[1]);
  EXPECT_THROW(descriptor_sink(ends[1], "pipe").write("x"), pdata::error);
}

}  // namespace
}  // namespace thin_tools
