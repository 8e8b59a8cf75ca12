// The arguments of a thin-pool table line.
#include "sim/thin/thin_pool_target.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

constexpr std::size_t fixed_arguments = 4;
constexpr unsigned most_features = 4;

bool add_feature(pool_features& features, const std::string& name, dialect speaks) {
  if (same_word(name, "skip_block_zeroing")) {
    features.zero_new_blocks = false;
    return true;
  }
  if (speaks == dialect::first_2011) return false;
  if (same_word(name, "ignore_discard"))
    features.discard_enabled = false;
  else if (same_word(name, "no_discard_passdown"))
    features.discard_passdown = false;
  else if (same_word(name, "read_only"))
    features.mode = pool_mode::read_only;
  else if (same_word(name, "error_if_no_space"))
    features.error_if_no_space = true;
  else
    return false;
  return true;
}

}  // namespace

result<pool_line> parse_pool_line(std::span<const std::string> arguments, dialect speaks) {
  if (arguments.size() < fixed_arguments || arguments[0] == arguments[1]) return status(EINVAL);
  pool_line line{arguments[0], arguments[1], arguments[2], arguments[3], {}};
  // The first version had no discards.
  if (speaks == dialect::first_2011) line.features.discard_enabled = false;
  auto rest = arguments.subspan(fixed_arguments);
  if (rest.empty()) return line;
  if (const auto count = parse_unsigned(rest[0])) {
    rest = rest.subspan(1);
    if (*count > most_features || *count > rest.size()) return status(EINVAL);
    rest = rest.first(*count);  // what follows them is ignored
  } else if (speaks == dialect::linux) {
    return status(EINVAL);
  }
  for (const auto& name : rest)
    if (!add_feature(line.features, name, speaks)) return status(EINVAL);
  return line;
}

}  // namespace sim
