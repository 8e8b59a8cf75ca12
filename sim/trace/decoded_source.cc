#include "sim/trace/decoded_source.h"

#include <fmt/format.h>

#include <utility>

namespace sim::trace {

namespace {

constexpr std::size_t input_bytes = 128 * 1024;

}  // namespace

decoded_source::decoded_source(std::unique_ptr<byte_source> compressed,
                               std::unique_ptr<decoder> how)
    : compressed_(std::move(compressed)), decoder_(std::move(how)), input_(input_bytes) {}

void decoded_source::refill() {
  if (begin_ != end_ || input_ended_) return;
  begin_ = 0;
  end_ = compressed_->read(input_);
  input_ended_ = end_ == 0;
}

std::size_t decoded_source::read(std::span<std::byte> into) {
  while (!ended_) {
    refill();
    const auto input = std::span<const std::byte>(input_).subspan(begin_, end_ - begin_);
    if (input.empty() && state_ == decoder::state::between) {
      ended_ = true;
      break;
    }
    const decoder::step done = decoder_->decode(
        input, into, input_ended_ ? pdata::piece::last : pdata::piece::more_follow);
    begin_ += done.consumed;
    const bool stuck = done.consumed == 0 && done.produced == 0;
    // Between two frames a decoder that was given nothing stays where it is.
    if (!stuck || done.now != decoder::state::more) state_ = done.now;
    if (state_ == decoder::state::damaged) {
      damage_ = fmt::format("the {} data is damaged", decoder_->name());
      ended_ = true;
    } else if (stuck && input_ended_ && state_ != decoder::state::between) {
      damage_ = fmt::format("the {} data is cut off", decoder_->name());
      ended_ = true;
    } else if (stuck && !input.empty()) {
      damage_ = fmt::format("the {} data is damaged", decoder_->name());
      ended_ = true;
    }
    if (done.produced != 0) return done.produced;
  }
  return 0;
}

}  // namespace sim::trace
