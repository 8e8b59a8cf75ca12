#include "thin-tools/text/mapping_line.h"

#include <cstring>

namespace thin_tools {

namespace {

class scanner {
 public:
  explicit scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }

  void skip_spaces() {
    while (at_ != end_ && *at_ == ' ') ++at_;
  }

  template <std::size_t Size>
  bool skip(const char (&words)[Size]) {
    constexpr std::size_t length = Size - 1;
    if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, words, length) != 0)
      return false;
    at_ += length;
    return true;
  }

  // Up to 19 digits: they cannot overflow. Longer ones are the parser's.
  bool number(std::uint64_t& value) {
    constexpr std::ptrdiff_t max_digits = 19;
    const char* const first = at_;
    std::uint64_t sum = 0;
    for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_)
      sum = sum * 10 + static_cast<unsigned char>(*at_ - '0');
    value = sum;
    return at_ != first && at_ - first <= max_digits;
  }

 private:
  const char* at_;
  const char* end_;
};

bool parse_rest_of_single(scanner& from, pdata::mapping_run& run, std::uint64_t& time) {
  run.length = 1;
  return from.number(run.begin.value()) && from.skip("\" data_block=\"") &&
         from.number(run.data_begin.value()) && from.skip("\" time=\"") && from.number(time);
}

bool parse_rest_of_range(scanner& from, pdata::mapping_run& run, std::uint64_t& time) {
  return from.number(run.begin.value()) && from.skip("\" data_begin=\"") &&
         from.number(run.data_begin.value()) && from.skip("\" length=\"") &&
         from.number(run.length) && from.skip("\" time=\"") && from.number(time);
}

}  // namespace

std::optional<mapping_line> parse_mapping_line(std::string_view text) {
  scanner from(text);
  from.skip_spaces();
  mapping_line line{};
  std::uint64_t time = 0;
  bool good = false;
  if (from.skip("<single_mapping origin_block=\"")) {
    good = parse_rest_of_single(from, line.run, time);
  } else if (from.skip("<range_mapping origin_begin=\"")) {
    good = parse_rest_of_range(from, line.run, time);
  }
  if (!good || time > UINT32_MAX || !from.skip("\"/>\n")) return std::nullopt;
  line.run.time = static_cast<std::uint32_t>(time);
  line.length = static_cast<std::size_t>(from.at() - text.data());
  return line;
}

}  // namespace thin_tools
