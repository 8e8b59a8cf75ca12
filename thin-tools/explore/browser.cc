#include "thin-tools/explore/browser.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/base/require.h"
#include "thin-tools/explore/destination.h"
#include "thin-tools/explore/pages.h"

namespace thin_tools::explore {

namespace {

constexpr std::size_t margin = 2;  // of the marks before each line
constexpr std::size_t way_max = 10'000;

// A line as rows of the screen: marks before the first.
std::vector<std::string> wrapped(const line& shown, std::size_t columns) {
  const std::string marks =
      std::string(shown.how == look::damaged ? "!" : " ") + (shown.target ? ">" : " ");
  const auto width = columns > margin ? columns - margin : 1;
  std::vector<std::string> rows;
  std::string_view left = shown.text;
  do {
    auto length = std::min(left.size(), width);
    if (length < left.size()) {
      const auto blank = left.substr(0, length + 1).find_last_of(' ');
      if (blank != std::string_view::npos && blank > width / 2) length = blank;
    }
    const auto indent = rows.empty() ? marks : std::string(margin, ' ');
    rows.push_back((indent + std::string(left.substr(0, length))).substr(0, columns));
    left.remove_prefix(length);
    if (left.starts_with(' ')) left.remove_prefix(1);
  } while (!left.empty());
  return rows;
}

std::string fitted(std::string text, std::size_t columns) {
  text.resize(columns, ' ');
  return text;
}

}  // namespace

browser::browser(pool_source& pool) : pool_(pool) {
  if (!open(superblock_place{pool.main})) throw pdata::error(message_);
}

bool browser::open(const place& where) {
  try {
    auto made = page_of(pool_, where);
    for (auto& row : made.lines) row.text = printable(row.text);
    page_ = std::move(made);
    stop_ = {where, page_.start, 0};
    message_.clear();
    return true;
  } catch (const pool_source::stopped&) {
    message_ = "stopped";
  } catch (const pdata::error& e) {
    message_ = printable(e.what());
  }
  return false;
}

void browser::visit(const place& where) {
  auto from = stop_;
  auto title = page_.title;
  if (!open(where)) return;
  if (way_.size() == way_max) {
    way_.erase(way_.begin());
    titles_.erase(titles_.begin());
  }
  way_.push_back(std::move(from));
  titles_.push_back(std::move(title));
}

void browser::back() {
  if (way_.empty()) {
    message_ = "this is where you began";
    return;
  }
  const auto to = way_.back();
  if (!open(to.where)) return;
  way_.pop_back();
  titles_.pop_back();
  stop_ = to;
  if (page_.size() != 0) stop_.line = std::min(stop_.line, page_.size() - 1);
}

void browser::go(std::string_view text) {
  try {
    const auto found = find_destination(pool_, text);
    if (const auto* why = std::get_if<std::string>(&found)) {
      message_ = *why;
      return;
    }
    for (const auto& where : std::get<std::vector<place>>(found)) visit(where);
  } catch (const pool_source::stopped&) {
    message_ = "stopped";
  } catch (const pdata::error& e) {
    message_ = printable(e.what());
  }
}

void browser::move(std::ptrdiff_t lines) {
  if (page_.size() == 0) return;
  const auto last = page_.size() - 1;
  const auto steps = static_cast<std::size_t>(lines < 0 ? -lines : lines);
  stop_.line = lines < 0 ? stop_.line - std::min(stop_.line, steps)
                         : std::min(last, stop_.line + std::min(last, steps));
}

void browser::press(key_press pressed) {
  if (prompt_)
    edit(pressed);
  else
    browse(pressed);
}

void browser::edit(key_press pressed) {
  constexpr std::size_t typed_max = 200;
  switch (pressed.what) {
    case key::enter: {
      const auto text = *prompt_;
      prompt_.reset();
      if (!text.empty()) go(text);
      return;
    }
    case key::escape:
      prompt_.reset();
      return;
    case key::backspace:
      if (prompt_->empty())
        prompt_.reset();
      else
        prompt_->pop_back();
      return;
    case key::character:
      if (prompt_->size() < typed_max) *prompt_ += pressed.character;
      return;
    default:
      return;
  }
}

void browser::browse(key_press pressed) {
  message_.clear();
  const auto screenful = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, body_rows_));
  switch (pressed.what) {
    case key::up:
      return move(-1);
    case key::down:
      return move(1);
    case key::page_up:
      return move(-screenful);
    case key::page_down:
      return move(screenful);
    case key::home:
      stop_.line = 0;
      return;
    case key::end:
      if (page_.size() != 0) stop_.line = page_.size() - 1;
      return;
    case key::enter:
    case key::right:
      if (page_.size() == 0) return;
      if (const auto target = page_.at(stop_.line).target)
        visit(*target);
      else
        message_ = "this line leads nowhere";
      return;
    case key::left:
    case key::backspace:
      return back();
    case key::escape:
      return;
    case key::character:
      return command(pressed.character);
  }
}

void browser::command(char character) {
  switch (character) {
    case 'q':
      done_ = true;
      return;
    case '/':
      prompt_.emplace();
      return;
    case '?':
      return visit(help_place{});
    case '!':
      return visit(findings_place{});
    case 's':
      return visit(superblock_place{pool_.main});
    case 'k':
      return browse({key::up});
    case 'j':
      return browse({key::down});
    case 'h':
      return browse({key::left});
    case 'l':
      return browse({key::right});
    case 'g':
      return browse({key::home});
    case 'G':
      return browse({key::end});
    case ' ':
      return browse({key::page_down});
    default:
      message_ = "? explains the keys";
  }
}

// The line where one stands is whole on the screen, if it fits.
void browser::keep_in_sight(std::size_t rows, std::size_t columns) {
  stop_.top = std::min(stop_.top, stop_.line);
  if (stop_.line - stop_.top >= rows) stop_.top = stop_.line - rows + 1;
  // The first lines of a page are shown with the first row.
  if (stop_.line <= page_.start && stop_.line < rows) stop_.top = 0;
  std::size_t used = 0;
  for (auto at = stop_.line + 1; at > stop_.top;) {
    used += wrapped(page_.at(--at), columns).size();
    if (used <= rows) continue;
    stop_.top = std::min(stop_.line, at + 1);
    return;
  }
}

screen_row browser::title_row(std::size_t columns) const {
  std::string text = " " + printable(pool_.name());
  constexpr std::size_t shown_max = 3;
  const auto first = titles_.size() - std::min(titles_.size(), shown_max);
  if (first != 0) text += " > ...";
  for (auto i = first; i < titles_.size(); ++i) text += " > " + printable(titles_[i]);
  const auto here = " > " + printable(page_.title);
  // Where one is matters more than where one came from.
  if (text.size() + here.size() > columns) {
    const auto room = columns > here.size() ? columns - here.size() : 0;
    text = room > margin ? text.substr(0, room - margin) + ".." : "";
  }
  return {.text = fitted(text + here, columns), .reversed = true};
}

screen_row browser::last_row(std::size_t columns) const {
  if (prompt_) {
    const auto room = columns > 1 ? columns - 1 : 0;
    const auto shown = prompt_->substr(prompt_->size() - std::min(prompt_->size(), room));
    return {.text = fitted("/" + shown, columns)};
  }
  if (!message_.empty()) return {.text = fitted(message_, columns), .how = look::heading};
  const auto where = page_.size() == 0
                         ? std::string()
                         : std::to_string(stop_.line + 1) + "/" + std::to_string(page_.size());
  const std::string hint = " Enter follow  Left back  / go to  ? help  q quit";
  return {.text = fitted(where + " " + hint, columns), .how = look::dim};
}

screen browser::draw(std::size_t rows, std::size_t columns) {
  screen drawn;
  if (rows == 0 || columns == 0) return drawn;
  if (rows > 1) drawn.rows.push_back(title_row(columns));
  const auto body = rows > 2 ? rows - 2 : 0;
  body_rows_ = std::max<std::size_t>(1, body);
  if (body != 0 && page_.size() != 0) keep_in_sight(body, columns);
  for (auto at = stop_.top; body != 0 && at < page_.size() && drawn.rows.size() <= body; ++at) {
    auto shown = page_.at(at);
    shown.text = printable(shown.text);
    for (auto& text : wrapped(shown, columns)) {
      if (drawn.rows.size() > body) break;
      drawn.rows.push_back(
          {.text = at == stop_.line ? fitted(std::move(text), columns) : std::move(text),
           .how = shown.how,
           .reversed = at == stop_.line,
           .link = shown.target.has_value()});
    }
  }
  while (drawn.rows.size() + 1 < rows) drawn.rows.emplace_back();
  drawn.rows.push_back(last_row(columns));
  if (prompt_) drawn.cursor = std::pair(rows - 1, std::min(columns - 1, prompt_->size() + 1));
  return drawn;
}

}  // namespace thin_tools::explore
