// Environment failures: a device that cannot be opened, a write that fails, a
// user's mistake. They are thrown and caught once, at the command boundary,
// which prints what() as one line and exits with 1. Damage found in metadata is
// never an exception: see damage/damage.h. What the kernel's code reports by
// errno is a status: see base/status.h.
#pragma once

#include <stdexcept>
#include <string>

namespace pdata {

class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "<what> '<name>': <text of the errno>"
[[noreturn]] void throw_errno(const std::string& what, const std::string& name, int errno_value);

// The errno's text, as strerror gives it, without its shared buffer.
std::string errno_text(int errno_value);

}  // namespace pdata
