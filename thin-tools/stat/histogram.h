// How often numbers come up, as a table of tab-separated columns.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "thin-tools/text/text_sink.h"

namespace thin_tools {

class histogram {
 public:
  void add(std::uint64_t number, std::uint64_t times = 1) {
    if (times != 0) times_[number] += times;
  }
  void add(const histogram& other) {
    for (const auto& [number, times] : other.times_) add(number, times);
  }

  const std::map<std::uint64_t, std::uint64_t>& times() const { return times_; }
  std::uint64_t total() const;
  double average() const;  // 0 of nothing

  // A header line, then number, times and percentage in ascending order.
  void write(text_buffer& to, std::string_view number_name, std::string_view times_name) const;

 private:
  std::map<std::uint64_t, std::uint64_t> times_;
};

}  // namespace thin_tools
