// Compiled for processors with AVX2, and includes no more than it must.
#if defined(__x86_64__)
#include "thin-tools/files/xxh3_functions.h"

namespace thin_tools {

const xxh3_code xxh3_avx2{xxh3_update, xxh3_digest};

}  // namespace thin_tools
#endif
