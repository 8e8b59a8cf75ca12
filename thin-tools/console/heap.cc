#include "thin-tools/console/heap.h"

#include <malloc.h>

namespace thin_tools {

void share_one_heap() {
#ifdef M_ARENA_MAX
  static_cast<void>(mallopt(M_ARENA_MAX, 1));
#endif
}

}  // namespace thin_tools
