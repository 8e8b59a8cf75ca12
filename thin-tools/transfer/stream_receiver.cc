#include "thin-tools/transfer/stream_receiver.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "persistent-data/base/error.h"
#include "persistent-data/base/ids.h"
#include "thin-tools/console/command_line.h"
#include "thin-tools/files/file_names.h"
#include "thin-tools/files/unfinished_file.h"
#include "thin-tools/transfer/contents_walk.h"
#include "thin-tools/transfer/frame_reader.h"
#include "thin-tools/transfer/mark_keeper.h"

namespace thin_tools {

namespace {

using pdata::error;

[[noreturn]] void fail_order() { throw error("the stream's frames contradict each other"); }

// What lies before `cursor` is settled.
void expect_in_order(const frame& read, std::uint64_t cursor, const stream_head& head) {
  if (read.kind == frame_kind::head || read.offset < cursor || read.offset > head.volume_bytes ||
      read.length > head.volume_bytes - read.offset || read.offset % pdata::sector_bytes != 0 ||
      read.length % pdata::sector_bytes != 0)
    fail_order();
}

bool is_empty_file(const std::string& name) {
  struct stat info {};
  return ::lstat(name.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
}

class receiver {
 public:
  receiver(const receive_request& what, text_source& from, receive_progress& progress)
      : what_(what),
        target_pass_(admit(target_request(what.target))),
        partial_pass_(admit(target_request(partial_name()))),
        state_pass_(admit_receive_state(what.state, use::replace)),
        frames_(from),
        progress_(progress) {}

  receive_summary run() {
    read_head();
    state_ = read_receive_state(what_.state);
    if (state_) expect_own_state();
    if (state_ && state_->whole) {
      summary_.was_whole = true;
      return finish();
    }
    open_target();
    apply();
    verify();
    state_->whole = true;
    write_receive_state(what_.state, *state_);
    return finish();
  }

 private:
  void read_head() {
    summary_.head = frames_.read_head();
    progress_.volume_bytes = summary_.head.volume_bytes;
  }

  void expect_own_state() const {
    if (state_->target != absolute_name(what_.target))
      throw error(
          fmt::format("'{}' is the state of another target, '{}'", what_.state, state_->target));
    if (state_->stream != frames_.check())
      throw error(fmt::format(
          "'{}' is half of another stream; go on with that one, or begin anew without '{}'{}",
          what_.target, what_.state,
          summary_.head.has_base ? "" : " and without what was received"));
  }

  bool makes_file() const {
    struct stat info {};
    const bool block = ::stat(what_.target.c_str(), &info) == 0 && S_ISBLK(info.st_mode);
    return !summary_.head.has_base && !block;
  }
  std::string partial_name() const { return what_.target + ".partial"; }

  void open_target() {
    const auto& head = summary_.head;
    const bool partial = makes_file();
    if (partial && exists(what_.target))
      throw error(
          fmt::format("'{}' is there already; all of a volume goes to a new file", what_.target));
    const auto name = partial ? partial_name() : what_.target;
    // An empty one may be of a run that was killed before it wrote its state.
    if (partial && !state_ && exists(name) && !is_empty_file(name))
      throw error(
          fmt::format("'{}' is there, but '{}' is not, which says how far it is: remove "
                      "it to begin anew",
                      name, what_.state));
    const bool nothing_applied = !state_ || state_->next.at.next_piece == 0;
    const bool fresh = partial && nothing_applied && !exists(name);
    target_.emplace(admit(target_request(name)), fresh ? transfer_target::opening::new_file
                                                       : transfer_target::opening::existing);
    // Without a state nobody could go on with it.
    unfinished_file made;
    if (fresh && !made.set(name)) throw error(fmt::format("the name '{}' is too long", name));
    if (!state_) {
      if (head.has_base) expect_base();
      if (target_->is_block_device()) target_->set_size(head.volume_bytes);
      state_.emplace(
          receive_state{absolute_name(what_.target),
                        frames_.check(),
                        false,
                        {1, frames_.check(), {0, content_digest(head.volume_bytes).value()}}});
      write_receive_state(what_.state, *state_);
    }
    made.keep();
    prepare();
  }

  // Before anything is changed.
  void expect_base() {
    const auto& head = summary_.head;
    const auto size = target_->size_bytes();
    if (target_->is_block_device() ? size < head.base_bytes : size != head.base_bytes)
      throw error(fmt::format("'{}' is not the base: it has {} bytes, the base {}", what_.target,
                              size, head.base_bytes));
    progress_.now = receive_progress::step::base;
    progress_.volume_bytes = head.base_bytes;
    const auto found =
        contents_of(*target_, head.base_bytes, [&](auto at) { progress_.bytes_done = at; });
    if (found != head.base_contents)
      throw error(
          fmt::format("'{}' is not the base: its contents are {}, the base's {}; nothing "
                      "was changed",
                      what_.target, found.hex(), head.base_contents.hex()));
  }

  // The size of the target, and what is zero in it before frames say otherwise. The same whenever
  // it is done again.
  void prepare() {
    const auto& head = summary_.head;
    if (!target_->is_block_device()) {
      // What is behind a smaller volume's end is cut off when all else is there.
      if (target_->size_bytes() < head.volume_bytes) target_->set_size(head.volume_bytes);
      return;
    }
    target_->set_size(head.volume_bytes);
    if (head.has_base && state_->next.at.next_piece == 0 && head.base_bytes < head.volume_bytes)
      target_->expect_zeroes(head.base_bytes, head.volume_bytes - head.base_bytes);
  }

  void apply() {
    progress_.now = receive_progress::step::stream;
    progress_.volume_bytes = summary_.head.volume_bytes;
    const auto start = state_->next;
    marks_.emplace(*target_, what_.state);
    if (what_.check == end_check::cached) follower_.emplace(*target_, summary_.head.volume_bytes);
    settle(start.at.next_piece * piece_bytes);
    summary_.resumed_at = cursor_;
    // What was applied before is only read.
    auto read = frames_.next(start);
    while (read.sequence < start.sequence) {
      if (read.kind == frame_kind::end) fail_order();
      if (frames_.next_sequence() == start.sequence && frames_.check() != start.check)
        throw error("the stream is not the one that was received so far");
      read = frames_.next();
    }
    for (;; read = frames_.next()) {
      if (read.kind == frame_kind::end) break;
      apply(read);
    }
    const auto end = load_position(frames_.payload());
    if (!end) fail_order();
    frames_.expect_end();
    fill_gap(summary_.head.volume_bytes);
    target_->set_size(summary_.head.volume_bytes);
    marks_->finish();
    target_->sync();
    summary_.contents = end->contents;
  }

  void apply(const frame& read) {
    expect_in_order(read, cursor_, summary_.head);
    fill_gap(read.offset);
    switch (read.kind) {
      case frame_kind::data:
        target_->write(read.offset, frames_.payload());
        summary_.data_bytes += read.length;
        break;
      case frame_kind::zero:
        target_->clear(read.offset, read.length);
        summary_.zero_bytes += read.length;
        break;
      default:
        keep_mark(read);
        break;
    }
    settle(read.offset + read.length);
    progress_.bytes_done = cursor_;
  }

  void settle(std::uint64_t until) {
    cursor_ = until;
    if (follower_) follower_->settled(until);
  }

  // What no frame speaks of: zero in a volume that comes as a whole, as the base has it in
  // another.
  void fill_gap(std::uint64_t until) {
    if (!summary_.head.has_base && target_->is_block_device() && until > cursor_)
      target_->expect_zeroes(cursor_, until - cursor_);
    cursor_ = std::max(cursor_, until);
  }

  void keep_mark(const frame& read) {
    const auto at = load_position(frames_.payload());
    if (!at || at->next_piece != read.offset / piece_bytes || read.offset % piece_bytes != 0)
      fail_order();
    state_->next = {frames_.next_sequence(), frames_.check(), *at};
    marks_->reached(*state_);
  }

  void verify() {
    if (what_.check == end_check::none) return;
    progress_.now = receive_progress::step::verify;
    const auto tell = [&](std::uint64_t at) { progress_.bytes_done = at; };
    if (!follower_) target_->drop_cached();
    const auto found = follower_ ? follower_->finish(tell)
                                 : contents_of(*target_, summary_.head.volume_bytes, tell);
    if (found != summary_.contents)
      throw error(
          fmt::format("'{}' was read back and is not what was sent: its contents are {}, "
                      "those sent {}",
                      target_->path(), found.hex(), summary_.contents.hex()));
    summary_.check = what_.check;
  }

  receive_summary finish() {
    follower_.reset();
    marks_.reset();
    target_.reset();
    if (makes_file() && exists(partial_name())) rename_file(partial_name(), what_.target);
    if (!exists(what_.target))
      throw error(fmt::format("'{}' was received, and is gone", what_.target));
    remove_receive_state(what_.state);
    return summary_;
  }

  const receive_request& what_;
  // All that may be written, compared before the stream is read.
  pass target_pass_;
  pass partial_pass_;
  pass state_pass_;
  frame_reader frames_;
  receive_progress& progress_;
  receive_summary summary_;
  std::optional<receive_state> state_;
  std::optional<transfer_target> target_;
  std::optional<mark_keeper> marks_;
  std::optional<contents_follower> follower_;
  std::uint64_t cursor_ = 0;  // what is before it is settled
};

}  // namespace

stream_head check_stream(text_source& from, receive_progress& progress) {
  frame_reader frames(from);
  const auto head = frames.read_head();
  progress.volume_bytes = head.volume_bytes;
  std::uint64_t cursor = 0;
  for (auto read = frames.next(); read.kind != frame_kind::end; read = frames.next()) {
    expect_in_order(read, cursor, head);
    cursor = read.offset + read.length;
    progress.bytes_done = cursor;
  }
  frames.expect_end();
  return head;
}

std::string default_state_name(const std::string& target) {
  struct stat info {};
  if (::stat(target.c_str(), &info) == 0 && S_ISBLK(info.st_mode))
    throw usage_error("a block device needs --state FILE, to be able to go on after a crash");
  return target + ".thin-receive";
}

receive_summary receive_stream(const receive_request& what, text_source& from,
                               receive_progress& progress) {
  return receiver(what, from, progress).run();
}

}  // namespace thin_tools
