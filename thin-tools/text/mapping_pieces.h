// Text in pieces, in order, with what the mapping lines in it say. Where reading does not
// wait for a writer, several threads read ahead and parse; memory stays bounded.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "persistent-data/stream/metadata_stream.h"
#include "thin-tools/text/text_source.h"

namespace thin_tools {

// Mapping lines (mapping_line.h) that follow each other: where in the text of the piece, and
// which of its runs, one for each line.
struct mapping_stretch {
  std::size_t begin;
  std::size_t end;
  std::size_t first_run;
  std::size_t nr_runs;
};

struct text_piece {
  std::string_view text;
  std::vector<mapping_stretch> stretches;  // all that begin at a line of the piece, ascending
  std::vector<pdata::mapping_run> runs;
};

class mapping_pieces {
 public:
  explicit mapping_pieces(text_source& source);
  ~mapping_pieces();
  mapping_pieces(const mapping_pieces&) = delete;
  mapping_pieces& operator=(const mapping_pieces&) = delete;

  // The next piece, until the next call; null: the end. A piece ends where a line ends, if
  // it can. Throws what reading throws.
  const text_piece* next();

 private:
  struct slot {
    std::vector<char> buffer;
    text_piece piece;
    std::exception_ptr failure;  // instead of the piece
    std::uint64_t index = 0;     // in the order of the text
    enum class state : std::uint8_t { free, taken, ready } now = state::free;
  };

  bool fill(slot& to);
  static void parse(slot& in);
  void begin_reading_ahead();
  void read_ahead();
  slot* take_free();
  slot* wait_for(std::uint64_t index);

  text_source& source_;
  std::vector<slot> slots_;
  slot* given_ = nullptr;  // to the caller
  std::uint64_t nr_given_ = 0;

  std::mutex reading_;   // guards the source, and what follows
  std::string carried_;  // the beginning of a line that the last piece left
  std::uint64_t nr_read_ = 0;
  bool at_end_ = false;

  std::mutex mutex_;  // guards the slots' states and `stop_`
  std::condition_variable changed_;
  bool stop_ = false;
  std::vector<std::jthread> helpers_;
};

}  // namespace thin_tools
