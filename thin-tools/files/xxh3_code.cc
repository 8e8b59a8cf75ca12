#include "thin-tools/files/xxh3_code.h"

#include "thin-tools/files/xxh3_functions.h"

namespace thin_tools {

const xxh3_code xxh3_baseline{xxh3_update, xxh3_digest};

const xxh3_code& xxh3() {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return xxh3_avx2;
#endif
  return xxh3_baseline;
}

}  // namespace thin_tools
