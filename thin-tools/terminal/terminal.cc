#include "thin-tools/terminal/terminal.h"

#include "persistent-data/base/error.h"

#if THIN_HAVE_CURSES

#include <fmt/format.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <future>
#include <optional>

#include "thin-tools/page/human_numbers.h"

// After all others: it defines macros of common names.
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <term.h>

namespace thin_tools::terminal {

using namespace explore;

namespace {

constexpr int escape_character = 27;
constexpr int ctrl_l = 12;
constexpr int poll_ms = 100;
constexpr short damaged_pair = 1;
constexpr short heading_pair = 2;

// The terminal in its drawing state, as long as this lives.
class drawing_state {
 public:
  drawing_state() {
    std::setlocale(LC_CTYPE, "");
    screen_ = ::newterm(nullptr, stdout, stdin);
    if (screen_ == nullptr) throw pdata::error("this terminal cannot be set up");
    ::cbreak();
    ::noecho();
    ::nonl();
    ::keypad(stdscr, TRUE);
    ::set_escdelay(poll_ms / 4);
    const char* no_color = std::getenv("NO_COLOR");
    const bool plain = no_color != nullptr && *no_color != '\0';
    if (plain || !::has_colors() || ::start_color() == ERR) return;
    ::use_default_colors();
    colours_ = ::init_pair(damaged_pair, COLOR_RED, -1) != ERR &&
               ::init_pair(heading_pair, COLOR_CYAN, -1) != ERR;
  }
  ~drawing_state() {
    ::endwin();
    ::delscreen(screen_);
  }
  drawing_state(const drawing_state&) = delete;
  drawing_state& operator=(const drawing_state&) = delete;

  attr_t attributes(const screen_row& row) const {
    attr_t made = row.reversed ? A_REVERSE : A_NORMAL;
    switch (row.how) {
      case look::damaged:
        return made | A_BOLD | (colours_ ? COLOR_PAIR(damaged_pair) : A_NORMAL);
      case look::heading:
        return made | A_BOLD | (colours_ && !row.reversed ? COLOR_PAIR(heading_pair) : A_NORMAL);
      case look::dim:
        return row.reversed ? made : made | A_DIM;
      case look::plain:
        break;
    }
    return made;
  }

  void draw(browser& shown) const {
    const auto drawn = shown.draw(static_cast<std::size_t>(std::max(0, LINES)),
                                  static_cast<std::size_t>(std::max(0, COLS)));
    ::erase();
    for (std::size_t i = 0; i < drawn.rows.size(); ++i) {
      const auto& row = drawn.rows[i];
      ::attrset(static_cast<int>(attributes(row)));
      ::mvaddnstr(static_cast<int>(i), 0, row.text.c_str(), static_cast<int>(row.text.size()));
    }
    ::attrset(A_NORMAL);
    ::curs_set(drawn.cursor ? 1 : 0);
    if (drawn.cursor)
      ::move(static_cast<int>(drawn.cursor->first), static_cast<int>(drawn.cursor->second));
    ::refresh();
  }

  static void draw_progress(const char* what, std::uint64_t blocks) {
    const auto text = fmt::format("{}: {} blocks read; Esc stops it", what,
                                  thin_tools::page::with_separators(blocks));
    ::move(std::max(0, LINES - 1), 0);
    ::clrtoeol();
    ::attrset(A_BOLD);
    ::addnstr(text.c_str(), std::max(0, COLS - 1));
    ::attrset(A_NORMAL);
    ::refresh();
  }

 private:
  SCREEN* screen_ = nullptr;
  bool colours_ = false;
};

std::optional<key_press> pressed_key(int code) {
  switch (code) {
    case KEY_UP:
      return key_press{key::up};
    case KEY_DOWN:
      return key_press{key::down};
    case KEY_LEFT:
      return key_press{key::left};
    case KEY_RIGHT:
      return key_press{key::right};
    case KEY_PPAGE:
      return key_press{key::page_up};
    case KEY_NPAGE:
      return key_press{key::page_down};
    case KEY_HOME:
      return key_press{key::home};
    case KEY_END:
      return key_press{key::end};
    case KEY_ENTER:
    case '\r':
    case '\n':
      return key_press{key::enter};
    case KEY_BACKSPACE:
    case '\b':
    case 127:
      return key_press{key::backspace};
    case escape_character:
      return key_press{key::escape};
    default:
      if (code >= ' ' && code <= '~') return key_press{key::character, static_cast<char>(code)};
      return std::nullopt;
  }
}

// Runs work beside the terminal, which goes on listening.
void wait_for(const drawing_state& state, pool_source& pool, const char* what,
              const std::function<void()>& work) {
  auto running = std::async(std::launch::async, work);
  ::timeout(poll_ms);
  bool shown = false;
  while (running.wait_for(std::chrono::milliseconds(shown ? 0 : poll_ms)) !=
         std::future_status::ready) {
    state.draw_progress(what, pool.device().blocks_read.load(std::memory_order_relaxed));
    shown = true;
    if (::getch() == escape_character) pool.device().stop = true;
  }
  ::timeout(-1);
  running.get();
}

}  // namespace

std::string why_not_drawable() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    return "standard input and output are no terminal (--print writes a page as text)";
  const char* name = std::getenv("TERM");
  const std::string kind = name == nullptr ? "" : name;
  int outcome = 0;
  if (kind.empty() || ::setupterm(kind.c_str(), STDOUT_FILENO, &outcome) != OK)
    return "the terminal '" + printable(kind) +
           "' is not known (TERM); --print writes a page as text";
  const char* place_cursor = ::tigetstr("cup");
  const bool draws = place_cursor != nullptr && place_cursor != reinterpret_cast<char*>(-1);
  if (!draws)
    return "the terminal '" + printable(kind) +
           "' cannot place its cursor (TERM); --print writes a page as text";
  return {};
}

void show(pool_source& pool, const std::function<void(browser&)>& begin) {
  const drawing_state state;
  pool.wait_for = [&](const char* what, const std::function<void()>& work) {
    wait_for(state, pool, what, work);
  };
  browser shown(pool);
  begin(shown);
  while (!shown.done()) {
    state.draw(shown);
    const int code = ::getch();
    if (code == ERR) break;  // the terminal has gone
    if (code == ctrl_l) {
      ::clearok(curscr, TRUE);
      continue;
    }
    if (const auto pressed = pressed_key(code)) shown.press(*pressed);
  }
  pool.wait_for = nullptr;
}

}  // namespace thin_tools::terminal

#else

namespace thin_tools::terminal {

std::string why_not_drawable() {
  return "this build draws on no terminal, ncurses was missing; --print writes a page as text";
}

void show(explore::pool_source&, const std::function<void(explore::browser&)>&) {
  throw pdata::error(why_not_drawable());
}

}  // namespace thin_tools::terminal

#endif
