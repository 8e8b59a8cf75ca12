#include "persistent-data/io/batch_reader.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "persistent-data/base/checked_math.h"
#include "persistent-data/base/parallel.h"

namespace pdata {

namespace {

constexpr metadata_block request_blocks_max = 64;  // 256 KiB
constexpr metadata_block gap_blocks_max = 8;       // unwanted blocks read rather than skipped
constexpr unsigned workers_min = 4;                // requests in flight on a small machine

}  // namespace

class batch_reader::read_buffer {
 public:
  block_buffer* of(std::size_t nr_blocks) {
    if (nr_blocks > nr_blocks_) {
      blocks_.reset();
      // Not zeroed: reading fills it.
      blocks_.reset(static_cast<block_buffer*>(::operator new(
          nr_blocks * sizeof(block_buffer), std::align_val_t(alignof(block_buffer)))));
      nr_blocks_ = nr_blocks;
    }
    return blocks_.get();
  }

 private:
  struct release {
    void operator()(block_buffer* blocks) const {
      ::operator delete(blocks, std::align_val_t(alignof(block_buffer)));
    }
  };
  std::unique_ptr<block_buffer, release> blocks_;
  std::size_t nr_blocks_ = 0;
};

struct batch_reader::equipment {
  explicit equipment(unsigned nr_workers) : buffers(nr_workers) {}
  std::atomic_flag taken;
  std::vector<read_buffer> buffers;
};

batch_reader::batch_reader(block_device& device, unsigned workers)
    : device_(device),
      workers_(workers != 0 ? workers : std::max(nr_processors() + 2, workers_min)),
      equipment_(std::make_unique<equipment>(workers_)) {}
batch_reader::~batch_reader() = default;
batch_reader::batch_reader(batch_reader&&) noexcept = default;

std::vector<batch_reader::request> batch_reader::plan(
    std::span<const metadata_block> wanted) const {
  std::vector<request> requests;
  for (std::size_t first = 0; first < wanted.size();) {
    std::size_t last = first + 1;
    while (last < wanted.size() && wanted[last] - wanted[last - 1] <= gap_blocks_max + 1 &&
           wanted[last] - wanted[first] < request_blocks_max)
      ++last;
    requests.push_back({first, last});
    first = last;
  }
  return requests;
}

void batch_reader::read_request(unsigned worker, std::span<const metadata_block> wanted,
                                const request& which, block_buffer* buffer,
                                const block_visitor& visit) {
  const auto [first, last] = which;
  const metadata_block begin = wanted[first];
  const std::size_t length = to_size((wanted[last - 1] + 1 - begin) * block_size);
  const bool whole = device_.read(begin, {reinterpret_cast<std::byte*>(buffer), length}).ok();
  for (std::size_t i = first; i < last; ++i) {
    auto& block = buffer[wanted[i] - begin];
    const status outcome = whole ? success : device_.read(wanted[i], block.span());
    visit({worker, wanted[i], outcome, block.view(), i});
  }
}

void batch_reader::read(std::span<const metadata_block> wanted, const block_visitor& visit) {
  const auto requests = plan(wanted);
  std::size_t longest = 0;
  for (const auto& [first, last] : requests)
    longest = std::max(longest, to_size(wanted[last - 1] + 1 - wanted[first]));
  if (equipment_->taken.test_and_set()) {
    read_buffer own;
    for (const auto& one : requests) read_request(0, wanted, one, own.of(longest), visit);
    return;
  }
  const struct giving_back {
    ~giving_back() { taken.clear(); }
    std::atomic_flag& taken;
  } until_end{equipment_->taken};
  work_crew(workers_).run(
      requests.size(),
      [&](unsigned worker, std::size_t turn) {
        auto* const buffer = equipment_->buffers[worker].of(longest);
        read_request(worker, wanted, requests[turn], buffer, visit);
      },
      work_crew::help::when_it_pays);
}

}  // namespace pdata
