#include "persistent-data/base/error.h"

#include <system_error>

namespace pdata {

std::string errno_text(int errno_value) {
  return std::error_code(errno_value, std::generic_category()).message();
}

void throw_errno(const std::string& what, const std::string& name, int errno_value) {
  throw error(what + " '" + name + "': " + errno_text(errno_value));
}

}  // namespace pdata
