#include "thin-tools/repair/input/corrected_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "persistent-data/base/all_zero.h"
#include "persistent-data/base/memory_room.h"
#include "persistent-data/format/bitmap_block.h"
#include "persistent-data/io/batch_reader.h"

namespace thin_tools {

using namespace pdata;

namespace {

bool is_thin(block_kind kind) { return kind <= block_kind::bitmap; }

bool in_place(block_view bytes, metadata_block location) {
  const auto kind = identify(bytes);
  return kind && is_thin(*kind) && stored_location(bytes) == location;
}

}  // namespace

// Blocks with a right checksum that stand where they do not belong.
struct corrected_device::strays {
  std::mutex mutex;
  std::multimap<metadata_block, metadata_block> found;  // by where they belong
  std::uint64_t nr_in_place = 0;

  // Single writes that went astray, not another pool that was here.
  bool credible() const {
    constexpr std::uint64_t always = 16;
    constexpr std::uint64_t share = 32;
    return found.size() <= always || found.size() <= nr_in_place / share;
  }
};

corrected_device::corrected_device(block_device& device) : device_(device) {}
corrected_device::~corrected_device() = default;

void corrected_device::find_strays() {
  const auto nr_blocks = std::min(device_.nr_blocks(), max_metadata_blocks);
  strays_ = std::make_unique<strays>();
  torn_ = std::make_unique<torn_blocks>(nr_blocks);
  batch_reader reader(device_);
  std::vector<metadata_block> all(pdata::to_room(nr_blocks));
  std::iota(all.begin(), all.end(), metadata_block{0});
  reader.read(all, [&](const read_block& block) {
    if (!block.outcome.ok() || pdata::all_zero(block.bytes)) return;
    const auto kind = identify(block.bytes);
    const auto belongs = stored_location(block.bytes);
    if (!kind && belongs == block.location &&
        !find_correction(block.bytes, block.location, nr_blocks))
      torn_->consider(block.location, block.bytes);
    if (!kind || !is_thin(*kind)) return;
    const std::lock_guard lock(strays_->mutex);
    if (belongs == block.location)
      ++strays_->nr_in_place;
    else if (belongs < nr_blocks && sound_structure(block.bytes, *kind, nr_blocks))
      strays_->found.emplace(belongs, block.location);
  });
  if (!strays_->credible()) strays_->found.clear();
  if (!torn_->any()) return;
  reader.read(all, [&](const read_block& block) {
    if (block.outcome.ok() && in_place(block.bytes, block.location))
      torn_->offer(block.location, block.bytes);
  });
}

void corrected_device::look_everywhere() {
  std::call_once(looking_, [this] {
    find_strays();
    has_looked_ = true;
  });
}

// The block that says it belongs here, if exactly one does.
bool corrected_device::take_stray(metadata_block location, block_span bytes) {
  if (strays_->found.count(location) != 1) return false;
  const auto from = strays_->found.find(location)->second;
  const auto block = std::make_unique<block_buffer>();
  if (!device_.read(from, block->span()).ok() || !in_place(block->view(), location)) return false;
  if (std::memcmp(bytes.data(), block->view().data(), block_size) == 0) return false;
  std::memcpy(bytes.data(), block->view().data(), block_size);
  note(location, fmt::format("taken from block {}, where it had been written to", from));
  return true;
}

bool corrected_device::take_torn(metadata_block location, block_span bytes) {
  const auto* const whole = torn_->rebuilt(location);
  if (whole == nullptr) return false;
  std::memcpy(bytes.data(), whole->bytes.view().data(), block_size);
  note(location, fmt::format("{} of its 8 sectors taken from an older copy, block {}",
                             whole->nr_sectors, whole->source));
  return true;
}

// By what stands elsewhere on the device.
bool corrected_device::replace(metadata_block location, block_span bytes) {
  look_everywhere();
  return take_stray(location, bytes) || take_torn(location, bytes);
}

void corrected_device::note(metadata_block location, std::string how) {
  const std::lock_guard lock(mutex_);
  corrections_.try_emplace(location, std::move(how));
}

// False: the block stays as it is.
bool corrected_device::correct(metadata_block location, block_span bytes) {
  if (!has_looked_ && all_zero(bytes)) return false;
  const auto nr_blocks = std::min(device_.nr_blocks(), max_metadata_blocks);
  if (const auto change = find_correction(bytes, location, nr_blocks)) {
    apply(*change, bytes);
    note(location, describe(*change));
    return true;
  }
  return replace(location, bytes);
}

status corrected_device::read(metadata_block first, std::span<std::byte> to) {
  const auto count = to.size() / block_size;
  const status outcome = device_.read(first, to);
  if (!outcome.ok()) {
    if (count != 1) return outcome;
    return replace(first, to.first<block_size>()) ? success : outcome;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const block_span bytes(to.data() + i * block_size, block_size);
    const auto known = disbelieved_.find(first + i);
    if (known != disbelieved_.end())
      read_disbelieved(first + i, bytes, known->second);
    else if (!in_place(bytes, first + i))
      correct(first + i, bytes);
  }
  return success;
}

std::vector<metadata_block> corrected_device::claimed_blocks() {
  look_everywhere();
  std::vector<metadata_block> claimed;
  for (const auto& [belongs, from] : strays_->found)
    if (strays_->found.count(belongs) == 1) claimed.push_back(belongs);
  return claimed;
}

void corrected_device::disbelieve(const std::vector<metadata_block>& blocks) {
  for (const auto b : blocks) {
    const auto [known, is_new] = disbelieved_.try_emplace(b, disbelief::once);
    if (is_new) continue;
    known->second = disbelief::for_good;
    corrections_.erase(b);
  }
}

// Where nothing else takes its place its checksum is wrong, whatever it was.
void corrected_device::read_disbelieved(metadata_block location, block_span bytes, disbelief how) {
  if (how == disbelief::once) {
    look_everywhere();
    if (take_stray(location, bytes)) return;
  }
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i) bytes[i] = ~bytes[i];
}

std::vector<corrected_block> corrected_device::corrections() const {
  const std::lock_guard lock(mutex_);
  std::vector<corrected_block> list;
  for (const auto& [location, how] : corrections_) list.push_back({location, how});
  return list;
}

}  // namespace thin_tools
