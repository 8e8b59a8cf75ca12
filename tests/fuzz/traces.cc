// Any bytes may be named as a trace: they are read as every format, or refused.
#include "sim/trace/parse_everything.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  sim::trace::parse_everything({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
