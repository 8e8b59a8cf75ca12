#include "sim/scenario/mangled_name.h"

#include <fmt/format.h>

#include <charconv>

namespace sim {

namespace {

constexpr std::size_t buffer_size = 128;  // DM_NAME_LEN, with the NUL behind the name
constexpr std::size_t code_size = 4;      // \xNN

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("#+-.:=@_").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> mangled(std::string_view name) {
  if (name.size() >= buffer_size || name.find("\\x5cx") != std::string_view::npos)
    return std::nullopt;
  std::string out;
  bool has_codes = false, has_others = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i).starts_with("\\x")) {
      if (name.size() - i < code_size || has_others) return std::nullopt;
      out += name.substr(i, code_size);
      i += code_size - 1;
      has_codes = true;
    } else if (is_plain(name[i])) {
      out += name[i];
    } else {
      if (has_codes) return std::nullopt;
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(name[i]));
      has_others = true;
    }
  }
  if (out.size() >= buffer_size) return std::nullopt;
  return out;
}

std::string unmangled(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned code = 0;
    const auto digits = name.substr(i).starts_with("\\x") ? name.substr(i + 2, 2) : "";
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
    if (digits.empty() || end == digits.data()) {
      out += name[i];
      continue;
    }
    out += static_cast<char>(code);
    i += code_size - 1;
  }
  return out;
}

}  // namespace sim
