// The text that LVM2 keeps its metadata in (/etc/lvm/backup, /etc/lvm/archive), as values:
//
//   text    = { entry } ;
//   entry   = key "=" value | key "{" { entry } "}" ;
//   value   = scalar | "[" [ scalar { "," scalar } [ "," ] ] "]" ;
//   scalar  = integer | fraction | string ;
//
// Comments go from '#' to the end of the line. A string in double quotes has '\' before
// '"' and '\'; one in single quotes has none. From LVM2 2.03 libdm/libdm-config.c, of which this
// is what LVM2 writes for volume groups: a key that comes twice in its section is an error here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "persistent-data/base/error.h"

namespace thin_tools {

struct lvm_section;

// A number that is no integer: nothing here needs its value.
struct lvm_fraction {
  std::string text;
};
using lvm_scalar = std::variant<std::int64_t, std::string, lvm_fraction>;
using lvm_list = std::vector<lvm_scalar>;

struct lvm_entry {
  std::uint64_t line = 0;  // where its key is, from 1
  std::variant<lvm_scalar, lvm_list, std::unique_ptr<lvm_section>> value;

  // None: it is something else.
  const lvm_section* section() const;
  const std::string* text() const;
  std::optional<std::uint64_t> number() const;  // none also if it is negative
};

struct lvm_section {
  std::map<std::string, lvm_entry, std::less<>> entries;

  const lvm_entry* find(std::string_view key) const;  // null: there is none
};

// What is wrong with such a text. what() begins with "line N: ".
class lvm_text_error : public pdata::error {
 public:
  lvm_text_error(std::uint64_t line, const std::string& what)
      : pdata::error("line " + std::to_string(line) + ": " + what) {}
};

// Bounds of what is read; LVM2's own buffers end far below.
inline constexpr std::size_t lvm_text_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t lvm_values_max = 2'000'000;
inline constexpr unsigned lvm_depth_max = 16;

// Throws lvm_text_error where the text is not of this form or above a bound.
lvm_section parse_lvm_config(std::string_view text);

}  // namespace thin_tools
