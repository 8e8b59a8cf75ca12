#include "thin-tools/text/text_sink.h"

#include <unistd.h>

#include <cerrno>

#include "persistent-data/base/error.h"
#include "thin-tools/console/output.h"

namespace thin_tools {

void descriptor_sink::write(std::string_view text) {
  if (!text.empty()) note_output(descriptor_);
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw closed_pipe();
    } else if (errno != EINTR) {
      pdata::throw_errno("Couldn't write", name_, errno);
    }
  }
}

}  // namespace thin_tools
