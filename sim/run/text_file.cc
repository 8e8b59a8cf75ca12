#include "sim/run/text_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>

#include "persistent-data/base/error.h"

namespace sim {

std::string read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    pdata::throw_errno("cannot read", path, errno != 0 ? errno : EIO);
  return text;
}

}  // namespace sim
