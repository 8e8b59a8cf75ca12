// A kernel-made image that the input of a fuzz target changes: a byte that chooses
// the image, then changes of 13 bytes: operation, block (2), word in it (2), number
// (8). Changed blocks are sealed again, so that no fuzzer has to guess checksums.
#pragma once

#include <cstring>
#include <map>
#include <span>
#include <vector>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/little_endian.h"
#include "tests/fuzz/demand.h"
#include "tests/unit/support/kernel_images.h"

namespace fuzz {

using namespace pdata;

struct base_image {
  memory_device device;
  std::vector<metadata_block> used;
};

inline const std::vector<base_image>& base_images() {
  static const auto images = [] {
    std::vector<base_image> loaded;
    for (const char* name : {"fresh", "mixed-0", "metadata-snapshot", "metadata-full"}) {
      base_image image{test_support::load_kernel_image(name), {}};
      for (metadata_block b = 0; b < image.device.nr_blocks(); ++b)
        if (!all_zero(image.device.at(b).view())) image.used.push_back(b);
      loaded.push_back(std::move(image));
    }
    return loaded;
  }();
  return images;
}

// The changed blocks above an image that stays as it is.
class changed_image : public block_device {
 public:
  explicit changed_image(const base_image& base) : base_(base) {}

  metadata_block nr_blocks() const override { return base_.device.nr_blocks(); }

  status read(metadata_block first, std::span<std::byte> to) override {
    const auto count = to.size() / block_size;
    if (first > nr_blocks() || count > nr_blocks() - first) return status(EIO);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& from = contents(first + i);
      std::memcpy(to.data() + i * block_size, from.bytes.data(), block_size);
    }
    return success;
  }

  status write(metadata_block first, std::span<const std::byte> from) override {
    for (std::size_t i = 0; i < from.size() / block_size; ++i)
      std::memcpy(changed_[first + i].bytes.data(), from.data() + i * block_size, block_size);
    ++nr_writes;
    return success;
  }

  status flush() override { return success; }

  void change(std::span<const std::byte> record) {
    const auto used = [&](std::uint64_t n) { return base_.used[n % base_.used.size()]; };
    const auto location = used(load_le<std::uint16_t>(record, 1));
    const auto offset = load_le<std::uint16_t>(record, 3) % (block_size / 8) * 8;
    const auto number = load_le<std::uint64_t>(record, 5);
    block_buffer block = contents(location);
    const auto kind = identify(block.view()).value_or(block_kind::btree_node);
    switch (std::to_integer<unsigned>(record[0]) % 5) {
      case 0:
        store_le(block.span(), offset, number);
        break;
      case 1:
        store_le(block.span(), offset, static_cast<std::uint32_t>(number));
        break;
      case 2:
        store_le(block.span(), offset, used(number));
        break;  // a pointer
      case 3:
        block = contents(used(number));
        break;  // a stale block
      case 4:
        block.bytes.fill(static_cast<std::byte>(number));
        break;
    }
    seal(block.span(), identify(block.view()).value_or(kind), location);
    changed_[location] = block;
  }

  std::size_t nr_writes = 0;

 private:
  const block_buffer& contents(metadata_block location) const {
    const auto found = changed_.find(location);
    return found != changed_.end() ? found->second : base_.device.at(location);
  }

  const base_image& base_;
  std::map<metadata_block, block_buffer> changed_;
};

// The image that the input, which is not empty, describes.
inline changed_image make_image(std::span<const std::byte> input) {
  constexpr std::size_t change_bytes = 13;
  const auto& images = base_images();
  changed_image image(images[std::to_integer<unsigned>(input[0]) % images.size()]);
  for (input = input.subspan(1); input.size() >= change_bytes; input = input.subspan(change_bytes))
    image.change(input.first(change_bytes));
  return image;
}

}  // namespace fuzz
