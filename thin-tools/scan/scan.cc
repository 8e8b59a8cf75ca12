#include "thin-tools/scan/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/error.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/format/checksum.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/survey/stored_counts.h"

namespace thin_tools {

using pdata::metadata_block;

namespace {

// Remembers that a read failed: it may succeed when it is tried again, and what was made of
// the first answer would then pass for the whole truth.
class noting_device : public pdata::block_device {
 public:
  explicit noting_device(pdata::block_device& device) : device_(device) {}

  metadata_block nr_blocks() const override { return device_.nr_blocks(); }
  pdata::status read(metadata_block first, std::span<std::byte> to) override {
    const auto outcome = device_.read(first, to);
    if (!outcome.ok() && to.size() == pdata::block_size) failed_ = true;
    return outcome;
  }
  pdata::status write(metadata_block first, std::span<const std::byte> from) override {
    return device_.write(first, from);
  }
  pdata::status flush() override { return device_.flush(); }

  bool failed() const { return failed_; }

 private:
  pdata::block_device& device_;
  std::atomic<bool> failed_ = false;
};

// As far as the superblock leads to them; all unknown without one.
pdata::stored_counts read_counts(pdata::batch_reader& reader) {
  auto& device = reader.device();
  const auto nr_blocks = std::min(device.nr_blocks(), pdata::max_metadata_blocks);
  const auto first = std::make_unique<pdata::block_buffer>();
  if (!device.read(pdata::superblock_location, first->span()).ok() ||
      !pdata::examine_block(first->view(), pdata::superblock_location).valid)
    return pdata::stored_counts(nr_blocks);
  const auto root = pdata::superblock::load(first->view()).metadata_space_map;
  auto counts = pdata::stored_counts::load(reader, root.bitmap_root, nr_blocks);
  counts.load_overflow(reader, root.ref_count_root);
  return counts;
}

class scanner {
 public:
  scanner(pdata::block_device& device, const scan_options& options, scan_writer& writer)
      : device_(device),
        reader_(device_, 1),
        options_(options),
        writer_(writer),
        counts_(read_counts(reader_)) {}

  std::uint64_t run(metadata_block begin, metadata_block end) {
    if (options_.references) references_.emplace(reader_, begin, end);
    std::vector<metadata_block> wanted(pdata::to_size(end - begin));
    std::iota(wanted.begin(), wanted.end(), begin);
    writer_.begin(reader_.device().nr_blocks());
    reader_.read(wanted, [&](const pdata::read_block& block) { take(block); });
    flush();
    writer_.end();
    // A block that failed for the counts or references alone is one, too.
    return nr_unreadable_ == 0 && device_.failed() ? 1 : nr_unreadable_;
  }

 private:
  void take(const pdata::read_block& block) {
    scanned_run next{.begin = block.location, .facts = {}, .ref_count = {}};
    scan_extras extras;
    if (block.location < pdata::max_metadata_blocks) next.ref_count = counts_.get(block.location);
    if (references_) {
      extras.nr_references = references_->count(block.location);
      extras.references = references_->to(block.location);
    }
    if (block.outcome.ok()) {
      next.facts = pdata::examine_block(block.bytes, block.location);
      look_inside(block.bytes, next.facts, extras);
    } else {
      ++nr_unreadable_;
    }
    if (!extras.any() && open_ && open_->continued_by(next)) {
      ++open_->length;
      return;
    }
    flush();
    if (extras.any())
      writer_.run(next, extras);
    else
      open_ = next;
  }

  void look_inside(pdata::block_view bytes, const pdata::block_facts& facts,
                   scan_extras& extras) const {
    if (options_.fields && facts.known()) extras.fields = pdata::list_fields(bytes, facts.type);
    if (options_.entries) extras.entries = pdata::list_entries(bytes, facts.type);
    if (options_.text_bytes && !facts.known() && !pdata::all_zero(bytes))
      extras.text_bytes = pdata::count_text_bytes(bytes);
  }

  void flush() {
    if (open_) writer_.run(*open_, {});
    open_.reset();
  }

  noting_device device_;
  pdata::batch_reader reader_;  // one worker: blocks come in ascending order
  const scan_options& options_;
  scan_writer& writer_;
  pdata::stored_counts counts_;
  std::optional<reference_list> references_;
  std::optional<scanned_run> open_;
  std::uint64_t nr_unreadable_ = 0;
};

}  // namespace

std::uint64_t scan(pdata::block_device& device, const scan_options& options, scan_writer& writer) {
  const auto end = std::min(options.end.value_or(device.nr_blocks()), device.nr_blocks());
  if (options.begin >= end)
    throw pdata::error(fmt::format("no block to scan from {} on, below {}: there are {}",
                                   options.begin, options.end.value_or(device.nr_blocks()),
                                   device.nr_blocks()));
  return scanner(device, options, writer).run(options.begin, end);
}

}  // namespace thin_tools
