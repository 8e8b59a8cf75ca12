// How a replay reads devices again.
#include <fmt/format.h>

#include <algorithm>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/engine/pool.h"
#include "sim/replay/replayer.h"
#include "sim/thin/thin_target.h"

namespace sim::replay {

namespace {

constexpr sector longest_verification = 2048;

}  // namespace

// What a device maps is known from its metadata, and its data are read where they lie.
class replayer::direct_reader {
 public:
  explicit direct_reader(replayer& of) : bed_(of.bed_) {}

  // False: requests have to tell.
  bool begin(const replayed_device& device, const thin_target& target) {
    auto& pool = bed_.pool_of();
    mappings_.clear();
    next_ = 0;
    model_ = &device.model;
    block_sectors_ = pool.block_sectors();
    data_ = &pool.data_device();
    return device.place.origin.empty() && pool.mode() == pool_mode::write &&
           bed_.counters().metadata_failures == 0 &&
           pool.metadata()
               .visit_mappings(target.metadata(), 0,
                               pdata::div_up(device.place.size, block_sectors_),
                               [&](pdata::thin_block block, const pdata::block_lookup& to) {
                                 mappings_.emplace_back(block, to.block);
                               })
               .ok();
  }
  std::span<const proven_parts::mapping> mappings() const { return mappings_; }

  // The sectors must be what the request of that number wrote; `zeroes`: what the model says. Of
  // ranges that ascend.
  void expect(sector first, sector count, std::uint64_t number) {
    const sector end = first + count;
    while (first < end) {
      const auto block = first / block_sectors_;
      const sector n = std::min<sector>(end, (block + 1) * block_sectors_) - first;
      while (next_ != mappings_.size() && mappings_[next_].first < block) ++next_;
      if (next_ != mappings_.size() && mappings_[next_].first == block)
        pieces_.push_back({mappings_[next_].second * block_sectors_ + first % block_sectors_, first,
                           static_cast<std::uint32_t>(n), number});
      else
        is_wrong_ |= model_->compare(first, n, content()).has_value();
      first += n;
      constexpr std::size_t most_pieces = std::size_t{1} << 17;
      if (pieces_.size() >= most_pieces) read_pieces();
    }
  }

  void begin_again() { next_ = 0; }

  // All that was expected is there. Afterwards nothing is expected.
  bool holds() {
    read_pieces();
    return !std::exchange(is_wrong_, false);
  }

 private:
  struct piece {
    sector at;     // on the data device
    sector first;  // on the thin device
    std::uint32_t count;
    std::uint64_t number;
  };

  // In the order in which they lie on the data device, where what is read is near what was read
  // before; on the thin device their order is another.
  void read_pieces() {
    std::ranges::sort(pieces_, {}, &piece::at);
    for (const piece& p : pieces_) {
      if (is_wrong_) break;
      reading_ = p;
      left_ = p.count;
      read(p.at, p.count);
      is_wrong_ |= left_ != 0;
    }
    pieces_.clear();
  }
  void read(sector at, sector count) {
    bio request;
    request.first = at;
    request.count = count;
    request.sink = &sink_;
    is_wrong_ |= !submit_and_wait(bed_.on(), *data_, request).ok();
  }
  void compare(sector offset, sector count, const content& what) {
    left_ -= std::min(left_, count);
    const sector first = reading_.first + offset;
    is_wrong_ |= !device_model::is_written_by(reading_.number, first, what) &&
                 model_->compare(first, count, what).has_value();
  }

  testbed& bed_;
  const device_model* model_ = nullptr;
  std::uint64_t block_sectors_ = 0;
  device* data_ = nullptr;
  std::vector<proven_parts::mapping> mappings_;
  std::size_t next_ = 0;
  std::vector<piece> pieces_;
  piece reading_{};
  sector left_ = 0;
  bool is_wrong_ = false;
  content_sink sink_ = [this](sector offset, sector count, const content& what) {
    compare(offset, count, what);
  };
};

// Looks up what of the device was read before. False: nothing is to be said about it.
bool replayer::begin_proof(const replayed_device& device, const direct_reader& reader) {
  if (!proven_ || device.model.has_history() || device.model.has_alternatives()) return false;
  proven_->begin_device(reader.mappings());
  device.model.visit_leaves(
      [&](const written_map::leaf_pointer& leaf, sector first) { proven_->add_leaf(leaf, first); });
  return true;
}

// All that was written, in whole stretches.
void replayer::verify_all(replayed_device& device) {
  if (!settings_.verify) return;
  const auto counted = bed_.counters();
  direct_reader reader(*this);
  const bool is_direct = runner_.idle() && reader.begin(device, target_of(device));
  const bool proves = is_direct && begin_proof(device, reader);
  if (is_direct)
    device.model.visit_written([&](sector first, sector count, std::uint64_t number) {
      if (!proves || !proven_->is_proven(first, count)) reader.expect(first, count, number);
    });
  const bool is_right = is_direct && reader.holds();
  // Where something is wrong the stretch is looked for.
  if (!is_right) reader.begin_again();
  const auto holds = [&](sector first, sector count) {
    if (is_right || (proves && proven_->is_proven(first, count))) return true;
    if (!is_direct) return false;
    reader.expect(first, count, possible_contents::zeroes);
    return reader.holds();
  };
  sector from = 0;
  sector to = 0;
  const auto flush = [&] {
    if (from >= to) return;
    if (holds(from, to - from)) return runner_.count_verified(to - from);
    runner_.verify(device, from, to - from, number_);
    if (is_direct)
      throw disagreement{number_,
                         fmt::format("{}: sectors {} to {} are read as they must be, but are not "
                                     "where the metadata say",
                                     device.label, from, to - 1),
                         device.place.name, from, to - from};
  };
  device.model.visit_written([&](sector first, sector count, std::uint64_t) {
    if (first != to || to - from > longest_verification) {
      flush();
      from = first;
    }
    to = first + count;
  });
  flush();
  if (proves) proven_->end_device();
  collector_.set_aside(counted);
}

void replayer::verify_snapshot(replayed_device& snapshot) {
  // It may be lost with the transaction that made it.
  if (!settings_.verify || bed_.counters().metadata_failures != 0) return;
  bed_.activate(snapshot.place);
  verify_all(snapshot);
  bed_.deactivate(snapshot.place);
}

}  // namespace sim::replay
