#include "thin-tools/text/parallel_text.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "thin-tools/console/output.h"

namespace thin_tools {
namespace {

void make_lines(std::size_t part, text_buffer& out, std::size_t nr_lines) {
  for (std::size_t line = 0; line < nr_lines; ++line)
    out << "part " << part << " line " << line << "\n";
}

// Some parts are empty, some far larger than what is held before their turn.
std::size_t lines_of(std::size_t part) {
  return part % 7 == 0 ? 0 : part % 5 == 0 ? 200'000 : part * 10;
}

TEST(parallel_text, parts_come_in_order) {
  constexpr std::size_t nr_parts = 40;
  string_sink expected;
  text_buffer plain(expected);
  for (std::size_t part = 0; part < nr_parts; ++part) make_lines(part, plain, lines_of(part));
  plain.finish();

  string_sink made;
  write_parts(made, nr_parts,
              [](std::size_t part, text_buffer& out) { make_lines(part, out, lines_of(part)); });
  EXPECT_TRUE(made.text() == expected.text());
}

TEST(parallel_text, no_parts_no_text) {
  string_sink made;
  write_parts(made, 0, [](std::size_t, text_buffer&) { FAIL(); });
  EXPECT_EQ(made.text(), "");
}

TEST(parallel_text, a_failing_maker_ends_it) {
  string_sink made;
  const auto fail_late = [](std::size_t part, text_buffer& out) {
    if (part == 20) throw std::runtime_error("part 20");
    make_lines(part, out, lines_of(part));
  };
  EXPECT_THROW(write_parts(made, 1000, fail_late), std::runtime_error);
}

TEST(parallel_text, a_closed_pipe_ends_it) {
  struct closing_sink : text_sink {
    void write(std::string_view) override {
      if (++writes == 3) throw closed_pipe();
    }
    int writes = 0;
  };
  closing_sink sink;
  EXPECT_THROW(write_parts(sink, 1000,
                           [](std::size_t part, text_buffer& out) { make_lines(part, out, 100); }),
               closed_pipe);
  EXPECT_EQ(sink.writes, 3);
}

}  // namespace
}  // namespace thin_tools
