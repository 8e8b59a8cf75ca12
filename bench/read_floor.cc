// The floor of every tool that reads metadata: reads each block that is in use
// once, in disk order, and checks its checksum; nothing else.
#include <fcntl.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <exception>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/batch_reader.h"
#include "persistent-data/io/file_device.h"

namespace {

using pdata::block_view;

// Reads one block, which must be sound.
pdata::block_buffer read_one(pdata::block_device& device, pdata::metadata_block at,
                             pdata::block_kind kind) {
  pdata::block_buffer block;
  const auto outcome = device.read(at, block.bytes);
  if (!outcome.ok() || pdata::identify(block.view()) != kind)
    throw std::runtime_error(fmt::format("block {} cannot be used", at));
  return block;
}

std::vector<pdata::metadata_block> used_blocks(pdata::block_device& device) {
  const auto fields =
      pdata::superblock::load(read_one(device, 0, pdata::block_kind::superblock).view());
  const auto& root = fields.metadata_space_map;
  const auto nr_blocks = std::min<std::uint64_t>(root.nr_blocks, device.nr_blocks());
  const auto index = read_one(device, root.bitmap_root, pdata::block_kind::index);
  std::vector<pdata::metadata_block> used;
  for (pdata::metadata_block first = 0, slot = 0; first < nr_blocks;
       first += pdata::entries_per_bitmap, ++slot) {
    const auto entry = pdata::load_index_entry(index.view(), slot);
    const auto bitmap = read_one(device, entry.location, pdata::block_kind::bitmap);
    for (std::uint32_t i = 0; i < pdata::entries_per_bitmap && first + i < nr_blocks; ++i)
      if (pdata::bitmap_count(bitmap.view(), i) != 0) used.push_back(first + i);
  }
  return used;
}

void read_all(const char* path) {
  auto opened = pdata::file_handle::open(path, O_RDONLY);
  if (!opened.ok()) pdata::throw_errno("Couldn't open", path, opened.errno_value());
  pdata::file_device device(path, std::move(*opened));
  const auto wanted = used_blocks(device);
  std::atomic<std::uint64_t> nr_bad = 0;
  pdata::batch_reader(device).read(wanted, [&nr_bad](const pdata::read_block& block) {
    if (!block.outcome.ok() || !pdata::identify(block.bytes)) ++nr_bad;
  });
  fmt::print("{} blocks read, {} of them bad\n", wanted.size(), nr_bad.load());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: bench_read_floor METADATA");
    read_all(argv[1]);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
}
