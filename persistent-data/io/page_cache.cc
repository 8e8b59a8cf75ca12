#include "persistent-data/io/page_cache.h"

#include <fcntl.h>

#include "persistent-data/io/file_device.h"

namespace pdata {

void read_through_cache(block_device& device) {
  const auto* file = dynamic_cast<file_device*>(&device);
  if (file == nullptr) return;
  const auto flags = ::fcntl(file->descriptor(), F_GETFL);
  if (flags >= 0) static_cast<void>(::fcntl(file->descriptor(), F_SETFL, flags & ~O_DIRECT));
}

}  // namespace pdata
