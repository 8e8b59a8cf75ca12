// What must hold for every input; a fuzzer keeps the input where it does not.
#pragma once

#include <cstdlib>

namespace fuzz {

inline void demand(bool condition) {
  if (!condition) std::abort();
}

}  // namespace fuzz
