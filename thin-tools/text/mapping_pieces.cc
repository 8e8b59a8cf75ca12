#include "thin-tools/text/mapping_pieces.h"

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "persistent-data/base/parallel.h"
#include "thin-tools/text/mapping_line.h"

namespace thin_tools {

namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 17;
constexpr unsigned helpers_max = 4;
constexpr unsigned pieces_beside = 2;  // the caller's, and one that waits for it

}  // namespace

mapping_pieces::mapping_pieces(text_source& source) : source_(source), slots_(1) {}

mapping_pieces::~mapping_pieces() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  helpers_.clear();
}

// False at the end of the text. One call at a time.
bool mapping_pieces::fill(slot& to) {
  if (at_end_) return false;
  auto& buffer = to.buffer;
  buffer.resize(piece_bytes);
  std::ranges::copy(carried_, buffer.begin());
  std::size_t size = carried_.size();
  carried_.clear();
  do {
    const std::size_t n = source_.read(std::span(buffer).subspan(size));
    size += n;
    if (n == 0) at_end_ = true;
  } while (!at_end_ && source_.never_waits() && size < buffer.size());
  const std::string_view text(buffer.data(), size);
  const std::size_t newline = text.rfind('\n');
  // A line that is longer than a piece comes in several.
  const bool cut = !at_end_ && newline != std::string_view::npos;
  to.piece.text = cut ? text.substr(0, newline + 1) : text;
  carried_ = text.substr(to.piece.text.size());
  return size != 0;
}

void mapping_pieces::parse(slot& in) {
  auto& [text, stretches, runs] = in.piece;
  stretches.clear();
  runs.clear();
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    const std::size_t first_run = runs.size();
    while (const auto line = parse_mapping_line(text.substr(at))) {
      runs.push_back(line->run);
      at += line->length;
    }
    if (at != begin) stretches.push_back({begin, at, first_run, runs.size() - first_run});
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos) break;
    at = newline + 1;
  }
}

void mapping_pieces::begin_reading_ahead() {
  const unsigned wanted = std::min(pdata::nr_processors(), helpers_max);
  if (!source_.never_waits() || at_end_ || wanted < 2) return;
  slots_ = std::vector<slot>(wanted + pieces_beside);
  try {
    for (unsigned i = 0; i < wanted; ++i) helpers_.emplace_back([this] { read_ahead(); });
  } catch (const std::system_error&) {
    // No more threads to be had.
  }
}

mapping_pieces::slot* mapping_pieces::take_free() {
  std::unique_lock lock(mutex_);
  slot* found = nullptr;
  changed_.wait(lock, [&] {
    for (auto& one : slots_)
      if (one.now == slot::state::free) found = &one;
    return stop_ || found != nullptr;
  });
  if (stop_) return nullptr;
  found->now = slot::state::taken;
  return found;
}

void mapping_pieces::read_ahead() {
  while (slot* const mine = take_free()) {
    bool last = false;
    try {
      const std::lock_guard lock(reading_);
      mine->failure = nullptr;
      mine->index = nr_read_;
      last = !fill(*mine);
      ++nr_read_;
    } catch (...) {
      mine->failure = std::current_exception();
      const std::lock_guard lock(reading_);
      ++nr_read_;
      at_end_ = last = true;
    }
    if (last && !mine->failure) mine->piece = {};
    if (!last) parse(*mine);
    const std::lock_guard lock(mutex_);
    mine->now = slot::state::ready;
    changed_.notify_all();
    if (last) return;
  }
}

mapping_pieces::slot* mapping_pieces::wait_for(std::uint64_t index) {
  std::unique_lock lock(mutex_);
  if (given_ != nullptr) {
    given_->now = slot::state::free;
    changed_.notify_all();
  }
  slot* found = nullptr;
  changed_.wait(lock, [&] {
    for (auto& one : slots_)
      if (one.now == slot::state::ready && one.index == index) found = &one;
    return found != nullptr;
  });
  return found;
}

const text_piece* mapping_pieces::next() {
  if (helpers_.empty()) {
    // The first piece tells whether it is worth while to read ahead.
    if (nr_given_ == 1) begin_reading_ahead();
  }
  ++nr_given_;
  if (helpers_.empty()) {
    slot& only = slots_.front();
    if (!fill(only)) return nullptr;
    parse(only);
    return &only.piece;
  }
  given_ = wait_for(nr_given_ - 2);
  if (given_->failure) std::rethrow_exception(given_->failure);
  return given_->piece.text.empty() ? nullptr : &given_->piece;
}

}  // namespace thin_tools
