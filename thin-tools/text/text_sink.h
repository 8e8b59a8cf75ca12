// Where long text goes: XML, JSON and listings of any size. Writers put their
// text into a text_buffer, which hands large pieces to a sink.
//
// Failures to write throw: closed_pipe where the reader has gone (see output.h),
// else error with the name of the output and the reason.
#pragma once

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
  explicit text_buffer(text_sink& sink, std::size_t bytes = std::size_t{1} << 20)
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
