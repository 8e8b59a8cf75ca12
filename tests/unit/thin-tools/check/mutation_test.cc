// Thousands of damaged images with valid checksums. Whatever they hold, the check
// ends with a report, and a repair never leaves anything worse.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "persistent-data/base/error.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/field_table.h"
#include "persistent-data/io/memory_device.h"
#include "tests/unit/support/kernel_images.h"
#include "thin-tools/check/check.h"

namespace {

using namespace pdata;
using namespace test_support;
using thin_tools::check;
using thin_tools::check_report;
using thin_tools::repair_wish;
using thin_tools::verdict;

// Remembers which blocks differ from the original.
class mutant_device : public block_device {
 public:
  explicit mutant_device(const memory_device& original) : original_(original), now_(original) {}

  metadata_block nr_blocks() const override { return now_.nr_blocks(); }
  status read(metadata_block first, std::span<std::byte> to) override {
    return now_.read(first, to);
  }
  status write(metadata_block first, std::span<const std::byte> from) override {
    ++nr_writes;
    for (auto b = first; b < first + from.size() / block_size; ++b) changed_.push_back(b);
    return now_.write(first, from);
  }
  status flush() override { return success; }

  const block_buffer& at(metadata_block block) const { return now_.at(block); }
  block_buffer& change(metadata_block block) {
    changed_.push_back(block);
    return now_.at(block);
  }
  void restore() {
    for (const auto block : changed_) now_.at(block) = original_.at(block);
    changed_.clear();
    nr_writes = 0;
  }

  std::size_t nr_writes = 0;

 private:
  const memory_device& original_;
  memory_device now_;
  std::vector<metadata_block> changed_;
};

class mutator {
 public:
  explicit mutator(mutant_device& device) : device_(device) {
    for (metadata_block b = 0; b < device.nr_blocks(); ++b)
      if (!is_zero(device.at(b).view())) used_.push_back(b);
  }

  void seed(unsigned number) { random_.seed(number); }

  void mutate() {
    for (auto n = 1 + pick(4); n > 0; --n) mutate_once();
  }

 private:
  void mutate_once() {
    const auto block = used_[pick(used_.size())];
    auto kind = identify(device_.at(block).view()).value_or(block_kind::btree_node);
    switch (pick(8)) {
      case 0:
        flip_bytes(block);
        break;
      case 1:
        set_field(block, kind);
        break;
      case 2:
        set_word(block);
        break;
      case 3:
        device_.change(block) = {};
        break;
      case 4:
        std::swap(device_.change(block), device_.change(used_[pick(used_.size())]));
        break;
      case 5:
        device_.change(block) = device_.at(used_[pick(used_.size())]);
        break;  // stale
      case 6:
        copy_word(block);
        break;
      case 7:
        flip_bytes(block);
        return;  // not resealed
    }
    kind = identify(device_.at(block).view()).value_or(kind);
    seal(device_.change(block).span(), pick(10) == 0 ? block_kind::bitmap : kind, block);
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

  void flip_bytes(metadata_block block) {
    for (std::size_t n = 1 + pick(4); n > 0; --n)
      device_.change(block).bytes[pick(block_size)] ^= static_cast<std::byte>(1 + pick(255));
  }

  std::uint64_t interesting_number() {
    const std::uint64_t numbers[] = {
        0,          1,          2,          3,         252,
        253,        84,         2047,       2048,      16384,
        UINT32_MAX, UINT64_MAX, pick(2048), random_(), std::uint64_t{1} << 40};
    return numbers[pick(std::size(numbers))];
  }

  void set_field(metadata_block block, block_kind kind) {
    const std::span<const field> fields = kind == block_kind::superblock
                                              ? std::span<const field>(superblock_fields)
                                              : std::span<const field>(node_fields);
    const auto& which = fields[pick(fields.size())];
    if (which.size <= 8) store_field(device_.change(block).span(), which, interesting_number());
  }

  void set_word(metadata_block block) {
    store_le<std::uint64_t>(device_.change(block).span(), 8 * pick(block_size / 8),
                            interesting_number());
  }

  // A pointer or key from elsewhere: loops, shared nodes, wild pointers.
  void copy_word(metadata_block block) {
    const auto from = used_[pick(used_.size())];
    const auto word =
        load_le<std::uint64_t>(device_.at(from).view(), 32 + 8 * pick((block_size - 32) / 8));
    store_le<std::uint64_t>(device_.change(block).span(), 32 + 8 * pick((block_size - 32) / 8),
                            word);
  }

  mutant_device& device_;
  std::mt19937 random_;
  std::vector<metadata_block> used_;
};

void judge_mutant(mutant_device& device) {
  check_report report;
  try {
    report = check(device, "mutant", {.repair = repair_wish::leaks_and_flag});
  } catch (const error&) {
    return;  // not usable at all, or its repair is refused: one line either way
  }
  EXPECT_EQ(report.outcome() == verdict::healthy, report.findings.empty());
  EXPECT_NE(report.outcome(), verdict::leaks);
  EXPECT_EQ(device.nr_writes != 0, report.counts_repaired || report.flag_cleared);
  if (report.nr_fatal != 0) {
    EXPECT_EQ(device.nr_writes, 0u);
  } else if (device.nr_writes != 0) {
    EXPECT_LE(check(device, "repaired", {}).outcome(), verdict::tolerable);
  }
}

TEST(mutated_images, never_defeat_the_check) {
  constexpr unsigned rounds = 500;
  const char* const names[] = {"metadata-full", "mixed-0", "metadata-snapshot", "snapshots",
                               "shared-by-many"};
  for (const char* name : names) {
    const auto original = load_kernel_image(name);
    mutant_device mutant(original);
    mutator change(mutant);
    for (unsigned round = 0; round < rounds; ++round) {
      SCOPED_TRACE(std::string(name) + ", round " + std::to_string(round));
      change.seed(round);
      change.mutate();
      judge_mutant(mutant);
      mutant.restore();
    }
  }
}

}  // namespace
