#include "thin-tools/pack/unpack.h"

#include <algorithm>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

using pdata::block_size;
using pdata::metadata_block;

namespace {

void expect(pdata::status outcome, const char* what, const std::string& path) {
  if (!outcome.ok()) pdata::throw_errno(what, path, outcome.errno_value());
}

}  // namespace

void unpack(const pack_file& from, const std::string& to) {
  from.for_each_block([](metadata_block, pdata::block_view) {});
  const auto output = open_zeroed(to, from.nr_blocks() * block_size);
  const auto write = [&](metadata_block location, pdata::block_view block) {
    expect(output.write(location * block_size, block), "Couldn't write", to);
  };
  std::unique_ptr<pdata::block_buffer> superblock;
  from.for_each_block([&](metadata_block location, pdata::block_view block) {
    if (location != pdata::superblock_location) return write(location, block);
    superblock = std::make_unique<pdata::block_buffer>();
    std::ranges::copy(block, superblock->bytes.begin());
  });
  expect(output.sync(), "Couldn't sync", to);
  if (superblock) write(pdata::superblock_location, superblock->view());
  expect(output.sync(), "Couldn't sync", to);
}

}  // namespace thin_tools
