#include "thin-tools/pack/overwrite.h"

#include <sys/stat.h>

#include <iostream>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/io/file_handle.h"
#include "thin-tools/console/output.h"

namespace thin_tools {

namespace {

bool begins_with_superblock(const pass& output) {
  // Opening a pipe would wait for its other end.
  struct stat info {};
  if (::stat(output.path().c_str(), &info) != 0 ||
      !(S_ISREG(info.st_mode) || S_ISBLK(info.st_mode)))
    return false;
  const auto file = output.look();
  pdata::block_buffer first;
  if (!file.ok() || !file->read(0, first.bytes).ok()) return false;
  const auto kind = pdata::identify(first.view());
  return kind == pdata::block_kind::superblock || kind == pdata::block_kind::cache_superblock ||
         kind == pdata::block_kind::era_superblock;
}

}  // namespace

void ask_before_overwriting(const pass& output) {
  if (!begins_with_superblock(output)) return;
  print(stderr, "The destination appears to already contain metadata, are you sure? [y/n]: ");
  std::string answer;
  std::getline(std::cin, answer);
  if (!answer.starts_with('y') && !answer.starts_with('Y'))
    throw pdata::error("Output file not overwritten");
}

}  // namespace thin_tools
