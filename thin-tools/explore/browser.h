// Going from page to page by keys. Knows nothing of terminals: keys come in, rows of text go out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "thin-tools/explore/page.h"
#include "thin-tools/explore/pool_source.h"

namespace thin_tools::explore {

enum class key : std::uint8_t {
  up,
  down,
  left,
  right,
  page_up,
  page_down,
  home,
  end,
  enter,
  backspace,
  escape,
  character,
};
struct key_press {
  key what;
  char character = 0;  // of key::character
};

struct screen_row {
  std::string text;  // at most as wide as the screen
  look how = look::plain;
  bool reversed = false;  // the bars, and where one stands
  bool link = false;
};
struct screen {
  std::vector<screen_row> rows;                               // as many as were asked for
  std::optional<std::pair<std::size_t, std::size_t>> cursor;  // row and column, of a prompt
};

class browser {
 public:
  // Begins at the superblock. `pool` outlives it.
  explicit browser(pool_source& pool);

  void press(key_press pressed);
  bool done() const { return done_; }
  // Goes where the text says, or says why not in the last row.
  void go(std::string_view text);

  // Any size, 0 by 0 too. Keys that move by a screen take the size of the last one.
  screen draw(std::size_t rows, std::size_t columns);
  const page& shown() const { return page_; }
  const std::string& message() const { return message_; }  // of the last row; "": none
  std::size_t line() const { return stop_.line; }

 private:
  struct stop {
    place where;
    std::size_t line = 0;
    std::size_t top = 0;
  };

  void browse(key_press pressed);
  void command(char character);
  void edit(key_press pressed);
  void move(std::ptrdiff_t lines);
  void visit(const place& where);
  void back();
  bool open(const place& where);  // false: there is a message instead
  void keep_in_sight(std::size_t rows, std::size_t columns);
  screen_row title_row(std::size_t columns) const;
  screen_row last_row(std::size_t columns) const;

  pool_source& pool_;
  page page_;
  stop stop_;
  std::vector<stop> way_;            // how one came here
  std::vector<std::string> titles_;  // of the pages on the way
  std::optional<std::string> prompt_;
  std::string message_;
  std::size_t body_rows_ = 20;
  bool done_ = false;
};

}  // namespace thin_tools::explore
