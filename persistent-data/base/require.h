// Assertions for programmer errors. They stay on in release builds: a tool that
// holds the only copy of somebody's metadata stops rather than guess.
// Nothing that is read from a device or typed by a user may reach one.
#pragma once

namespace pdata {

[[noreturn]] void require_failed(const char* condition, const char* file, int line);

}  // namespace pdata

#define REQUIRE(condition) \
  ((condition) ? static_cast<void>(0) : ::pdata::require_failed(#condition, __FILE__, __LINE__))
