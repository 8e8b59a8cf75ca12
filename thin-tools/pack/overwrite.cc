#include "thin-tools/pack/overwrite.h"

#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "thin-tools/report/output.h"

namespace thin_tools {

namespace {

bool begins_with_superblock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  pdata::block_buffer first;
  const bool whole = ::pread(fd, first.bytes.data(), first.bytes.size(), 0) ==
                     static_cast<ssize_t>(first.bytes.size());
  ::close(fd);
  if (!whole) return false;
  const auto kind = pdata::identify(first.view());
  return kind == pdata::block_kind::superblock || kind == pdata::block_kind::cache_superblock ||
         kind == pdata::block_kind::era_superblock;
}

}  // namespace

void ask_before_overwriting(const std::string& path) {
  if (!begins_with_superblock(path)) return;
  print(stderr, "The destination appears to already contain metadata, are you sure? [y/n]: ");
  std::string answer;
  std::getline(std::cin, answer);
  if (!answer.starts_with('y') && !answer.starts_with('Y'))
    throw pdata::error("Output file not overwritten");
}

}  // namespace thin_tools
