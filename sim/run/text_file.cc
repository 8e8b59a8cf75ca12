#include "sim/run/text_file.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "persistent-data/base/error.h"

namespace sim {

std::string read_text_file(const std::string& path) {
  return read_text_file(thin_tools::admit_reading("text", path));
}

std::string read_text_file(const thin_tools::pass& admitted) {
  const auto& path = admitted.path();
  const auto opened = admitted.open(thin_tools::pass::claim::shared);
  if (!opened.ok()) pdata::throw_errno("cannot read", path, opened.errno_value());
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const auto n = ::read(opened->descriptor(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) pdata::throw_errno("cannot read", path, errno);
    if (n == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace sim
