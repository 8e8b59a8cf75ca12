// Outcomes of the transaction engine and the simulated devices. They are the
// kernel's: success or an errno, because which errno comes out of which call is
// part of what is simulated.
#pragma once

#include <cerrno>
#include <utility>

#include "persistent-data/base/require.h"

namespace pdata {

class [[nodiscard]] status {
 public:
  constexpr status() = default;                                        // success
  constexpr explicit status(int errno_value) : errno_(errno_value) {}  // positive errno
  constexpr bool ok() const { return errno_ == 0; }
  constexpr int errno_value() const { return errno_; }
  constexpr void ignore() const {}  // says that a failure is dropped on purpose
  friend constexpr bool operator==(status a, status b) = default;

 private:
  int errno_ = 0;
};

inline constexpr status success{};

// A value, or the status that says why there is none.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : value_(std::move(value)) {}                          // implicit on purpose
  result(status failure) : status_(failure) { REQUIRE(!failure.ok()); }  // implicit on purpose
  bool ok() const { return status_.ok(); }
  // Why there is no value. Requires that there is none.
  status failure() const {
    REQUIRE(!ok());
    return status_;
  }
  // Success if there is a value.
  status outcome() const { return status_; }
  int errno_value() const { return status_.errno_value(); }
  T& operator*() {
    REQUIRE(ok());
    return value_;
  }
  const T& operator*() const {
    REQUIRE(ok());
    return value_;
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

 private:
  T value_{};
  status status_;
};

}  // namespace pdata
