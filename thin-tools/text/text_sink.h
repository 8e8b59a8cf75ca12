// Where long text goes: XML, JSON and listings of any size. Writers put their
// text into a text_buffer, which hands large pieces to a sink.
//
// Failures to write throw: closed_pipe where the reader has gone (see output.h),
// else error with the name of the output and the reason.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace thin_tools {

class text_sink {
 public:
  virtual ~text_sink() = default;
  virtual void write(std::string_view text) = 0;
};

// An open file descriptor, which stays the caller's.
class descriptor_sink : public text_sink {
 public:
  descriptor_sink(int descriptor, std::string name)
      : descriptor_(descriptor), name_(std::move(name)) {}
  void write(std::string_view text) override;

 private:
  int descriptor_;
  std::string name_;
};

class string_sink : public text_sink {
 public:
  void write(std::string_view text) override { text_ += text; }
  const std::string& text() const { return text_; }
  std::string take() { return std::exchange(text_, {}); }

 private:
  std::string text_;
};

// Collects text and passes it on in large pieces. finish() passes on the rest;
// a buffer that is dropped without it was given up, and writes nothing more.
class text_buffer {
 public:
  // Of a size that fits a processor's second cache, from which it is written.
  explicit text_buffer(text_sink& sink, std::size_t bytes = std::size_t{1} << 17)
      : sink_(sink),
        bytes_(bytes),
        memory_(std::make_unique_for_overwrite<char[]>(bytes)),
        at_(memory_.get()) {}

  text_buffer& operator<<(std::string_view text) {
    if (text.size() > room()) {
      finish();
      if (text.size() > bytes_) {
        sink_.write(text);
        return *this;
      }
    }
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
    return *this;
  }

  // Literals, whose length is known when this is compiled.
  template <std::size_t Size>
  text_buffer& operator<<(const char (&text)[Size]) {
    if (room() < Size - 1) finish();
    if (bytes_ < Size - 1) return *this << std::string_view(text, Size - 1);
    std::memcpy(at_, text, Size - 1);
    at_ += Size - 1;
    return *this;
  }

  // In decimal.
  text_buffer& operator<<(std::uint64_t number) {
    if (room() < max_digits) finish();
    if (number < 10)
      *at_++ = static_cast<char>('0' + number);
    else if (number < 100'000'000 && std::endian::native == std::endian::little)
      put_digits(static_cast<std::uint32_t>(number));
    else
      at_ = std::to_chars(at_, at_ + max_digits, number).ptr;
    return *this;
  }

  void finish() {
    const char* end = at_;
    at_ = memory_.get();
    if (end != at_) sink_.write({at_, static_cast<std::size_t>(end - at_)});
  }

 private:
  static constexpr std::size_t max_digits = 20;

  // By branches, which a processor foresees: what comes next need not wait.
  static int nr_digits(std::uint32_t number) {
    if (number >= 1000000) return number >= 10000000 ? 8 : 7;
    if (number >= 10000) return number >= 100000 ? 6 : 5;
    if (number >= 100) return number >= 1000 ? 4 : 3;
    return number >= 10 ? 2 : 1;
  }
  // Of a number from 1 to 99999999: all eight digits at once, in the bytes of a word, the first one
  // lowest; those that lead as zeroes are shifted out.
  void put_digits(std::uint32_t number) {
    const auto split = [](std::uint64_t parts, std::uint64_t quotients, std::uint64_t divisor,
                          int width) { return quotients | (parts - quotients * divisor) << width; };
    // Parts of four digits, of two and of one. The factors divide them by 100 and by 10.
    std::uint64_t parts = split(number, number / 10000, 10000, 32);
    parts = split(parts, parts * 10486 >> 20 & 0x0000007f'0000007f, 100, 16);
    parts = split(parts, parts * 103 >> 10 & 0x000f000f'000f000f, 10, 8);
    const int length = nr_digits(number);
    const std::uint64_t digits = (parts | 0x30303030'30303030) >> 8 * (8 - length);
    std::memcpy(at_, &digits, sizeof digits);
    at_ += length;
  }

  std::size_t room() const { return bytes_ - static_cast<std::size_t>(at_ - memory_.get()); }

  text_sink& sink_;
  std::size_t bytes_;
  std::unique_ptr<char[]> memory_;
  char* at_;
};

// The text that put(buffer, item) makes of items; for text that is made ahead. The
// buffer has room for the runs of a leaf, so that their text is put away in one piece
// and takes no more memory than it is long.
template <class Items, class Put>
std::string text_of(const Items& items, Put put) {
  struct scratch_text {
    string_sink made;
    text_buffer buffer{made, std::size_t{1} << 15};
  };
  thread_local scratch_text scratch;
  for (const auto& item : items) put(scratch.buffer, item);
  scratch.buffer.finish();
  return scratch.made.take();
}

}  // namespace thin_tools
