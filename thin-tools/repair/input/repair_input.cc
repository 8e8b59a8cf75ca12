#include "thin-tools/repair/input/repair_input.h"

#include <fmt/format.h>

#include "persistent-data/survey/metadata_offset.h"
#include "persistent-data/survey/pool_layout.h"

namespace thin_tools {

namespace {

constexpr std::size_t corrections_named_max = 16;

bool begins_elsewhere(pdata::block_device& device) {
  const auto block = std::make_unique<pdata::block_buffer>();
  return device.nr_blocks() != 0 && (!device.read(pdata::superblock_location, block->span()).ok() ||
                                     pdata::is_foreign(block->view()));
}

}  // namespace

repair_input::repair_input(pdata::block_device& device, const std::string& name)
    : steady_(std::make_unique<pdata::steady_device>(device, name)) {
  pdata::block_device* metadata = steady_.get();
  if (begins_elsewhere(*steady_)) {
    offset_ = pdata::find_metadata_offset(*steady_).value_or(0);
    if (offset_ != 0) {
      shifted_ = std::make_unique<pdata::shifted_device>(*steady_, offset_);
      metadata = shifted_.get();
    }
  }
  corrected_ = std::make_unique<corrected_device>(*metadata);
}

std::vector<std::string> repair_input::notes() const {
  std::vector<std::string> lines;
  if (offset_ != 0)
    lines.push_back(fmt::format("The metadata begins {} bytes ({} sectors) into the device.",
                                offset_, offset_ / pdata::sector_bytes));
  const auto corrections = corrected_->corrections();
  if (corrections.empty()) return lines;
  lines.push_back(fmt::format(
      "{} block(s) were put right: exactly one change makes each what must stand there.",
      corrections.size()));
  for (std::size_t i = 0; i < std::min(corrections.size(), corrections_named_max); ++i)
    lines.push_back(fmt::format("Block {}: {}.", corrections[i].location, corrections[i].how));
  if (corrections.size() > corrections_named_max)
    lines.push_back(fmt::format("And {} more.", corrections.size() - corrections_named_max));
  return lines;
}

}  // namespace thin_tools
