#include "persistent-data/base/require.h"

#include <cstdio>
#include <cstdlib>

namespace pdata {

void require_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "internal error: '%s' does not hold (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace pdata
