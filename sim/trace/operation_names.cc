#include "sim/trace/operation_names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sim::trace {

namespace {

struct named_operation {
  std::string_view word;
  io_op op;
};

constexpr std::array words{
    named_operation{"r", io_op::read},
    named_operation{"w", io_op::write},
    named_operation{"read", io_op::read},
    named_operation{"write", io_op::write},
    named_operation{"d", io_op::discard},
    named_operation{"discard", io_op::discard},
    named_operation{"trim", io_op::discard},
    named_operation{"unmap", io_op::discard},
    named_operation{"f", io_op::flush},
    named_operation{"flush", io_op::flush},
    named_operation{"sync", io_op::flush},
    named_operation{"fsync", io_op::flush},
    named_operation{"datasync", io_op::flush},
    named_operation{"fdatasync", io_op::flush},
    named_operation{"write_zeroes", io_op::write_zeroes},
    named_operation{"write_zeros", io_op::write_zeroes},
    named_operation{"writezeroes", io_op::write_zeroes},
    named_operation{"zero", io_op::write_zeroes},
    named_operation{"wz", io_op::write_zeroes},
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::optional<operation> operation_of_word(std::string_view word) {
  for (const named_operation& known : words)
    if (same_word(word, known.word)) return operation{.op = known.op};
  return std::nullopt;
}

std::optional<operation> operation_of_rwbs(std::string_view letters, std::uint64_t nr_sectors) {
  operation found;
  if (letters.starts_with('F')) {
    found.preflush = true;
    letters.remove_prefix(1);
  }
  if (found.preflush && nr_sectors == 0) return operation{.op = io_op::flush};
  if (letters.empty()) return std::nullopt;
  switch (letters.front()) {
    case 'R':
      found.op = io_op::read;
      break;
    case 'W':
      found.op = io_op::write;
      break;
    case 'D':
      found.op = io_op::discard;
      break;
    default:
      return std::nullopt;
  }
  letters.remove_prefix(1);
  if (letters.starts_with('Z') && found.op == io_op::write) {
    found.op = io_op::write_zeroes;
    letters.remove_prefix(1);
  }
  for (const char flag : letters) {
    if (flag == 'F')
      found.fua = true;
    else if (std::string_view("ASMBEUPIH").find(flag) == std::string_view::npos)
      return std::nullopt;
  }
  return found;
}

std::optional<operation> operation_of_scsi(std::uint32_t opcode) {
  switch (opcode) {
    case 0x08:
    case 0x28:
    case 0xa8:
    case 0x88:
      return operation{.op = io_op::read};
    case 0x0a:
    case 0x2a:
    case 0xaa:
    case 0x8a:
      return operation{.op = io_op::write};
    case 0x2e:
    case 0xae:
    case 0x8e:
      return operation{.op = io_op::write};  // WRITE AND VERIFY
    case 0x35:
    case 0x91:
      return operation{.op = io_op::flush};
    case 0x41:
    case 0x93:
      return operation{.op = io_op::write_zeroes};
    default:
      return std::nullopt;
  }
}

std::optional<operation> operation_of_field(std::string_view field, std::uint64_t length) {
  if (field.empty()) return std::nullopt;
  if (const auto found = operation_of_word(field)) return found;
  std::string_view digits = field;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  if (digits.size() == 2) {
    std::uint32_t opcode = 0;
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, opcode, 16);
    if (parsed.ec == std::errc() && parsed.ptr == end)
      if (const auto found = operation_of_scsi(opcode)) return found;
  }
  return operation_of_rwbs(field, length);
}

}  // namespace sim::trace
