// Where long text comes from. Reading errors throw and name the source.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "thin-tools/gate/gate.h"

namespace thin_tools {

class text_source {
 public:
  virtual ~text_source() = default;
  // Up to to.size() characters; 0: the end.
  virtual std::size_t read(std::span<char> to) = 0;
  // True if it is all there already, so that reading ahead costs no time.
  virtual bool never_waits() const { return false; }
};

// The request for text that is read.
inline request text_request(std::string path) { return {"input", std::move(path), use::read}; }

// A file, a pipe, whatever can be opened and read; "-" is standard input.
class file_source : public text_source {
 public:
  explicit file_source(const pass& admitted);

  std::size_t read(std::span<char> to) override;
  bool never_waits() const override { return size_bytes() != 0; }
  const std::string& name() const { return name_; }
  std::uint64_t size_bytes() const;  // of a regular file, else 0

 private:
  std::string name_;
  std::shared_ptr<const void> held_;
  pdata::file_handle file_;
  int descriptor_;
};

class string_source : public text_source {
 public:
  explicit string_source(std::string_view text) : rest_(text) {}
  std::size_t read(std::span<char> to) override;
  bool never_waits() const override { return true; }

 private:
  std::string_view rest_;
};

// A source whose first characters were looked at already.
class prefixed_source : public text_source {
 public:
  prefixed_source(std::string prefix, text_source& rest)
      : prefix_(std::move(prefix)), first_(prefix_), rest_(rest) {}
  std::size_t read(std::span<char> to) override {
    const std::size_t n = first_.read(to);
    return n != 0 ? n : rest_.read(to);
  }
  bool never_waits() const override { return rest_.never_waits(); }

 private:
  std::string prefix_;
  string_source first_;
  text_source& rest_;
};

}  // namespace thin_tools
