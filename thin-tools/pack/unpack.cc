#include "thin-tools/pack/unpack.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "persistent-data/base/error.h"
#include "persistent-data/format/crc32c.h"
#include "persistent-data/format/superblock.h"
#include "thin-tools/files/output_device.h"

namespace thin_tools {

using pdata::block_size;
using pdata::metadata_block;

namespace {

void expect(pdata::status outcome, const char* what, const std::string& path) {
  if (!outcome.ok()) pdata::throw_errno(what, path, outcome.errno_value());
}

// Of blocks in any order, from several threads.
class contents_digest {
 public:
  void add(metadata_block location, pdata::block_view block) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    sum_ += (location + 1) * odd ^ (std::uint64_t{pdata::crc32c(block)} + 1) * (odd >> 3);
  }
  std::uint64_t value() const { return sum_; }

 private:
  std::atomic<std::uint64_t> sum_{0};
};

}  // namespace

void unpack(const pack_file& from, const pass& to) {
  const auto digest_of = [](contents_digest& digest, metadata_block first,
                            std::span<const std::byte> blocks) {
    for (std::size_t at = 0; at < blocks.size(); at += block_size)
      digest.add(first + at / block_size, blocks.subspan(at).first<block_size>());
  };
  // A device is changed where it is: only by what is known to be sound as a whole.
  const bool in_place = to.is_block_device();
  contents_digest proven;
  if (in_place)
    from.for_each_run([&](metadata_block first, std::span<std::byte> blocks) {
      digest_of(proven, first, blocks);
    });
  zeroed_output output(to, from.nr_blocks() * block_size);
  const auto write = [&](metadata_block first, std::span<const std::byte> blocks) {
    expect(output.file().write(first * block_size, blocks), "Couldn't write", to.path());
  };
  contents_digest written;
  std::unique_ptr<pdata::block_buffer> superblock;
  from.for_each_run([&](metadata_block first, std::span<std::byte> blocks) {
    if (in_place) digest_of(written, first, blocks);
    if (first == pdata::superblock_location) {
      superblock = std::make_unique<pdata::block_buffer>();
      std::ranges::copy(blocks.first(block_size), superblock->bytes.begin());
      blocks = blocks.subspan(block_size);
      ++first;
    }
    if (!blocks.empty()) write(first, blocks);
  });
  if (proven.value() != written.value())
    throw pdata::error("the pack file changed while it was read: unpack it again");
  if (in_place) expect(output.file().sync(), "Couldn't sync", to.path());
  if (superblock) write(pdata::superblock_location, superblock->view());
  output.commit();
}

}  // namespace thin_tools
