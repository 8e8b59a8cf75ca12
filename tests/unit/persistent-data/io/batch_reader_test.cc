#include "persistent-data/io/batch_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <set>

#include "persistent-data/base/error.h"
#include "persistent-data/io/memory_device.h"

namespace pdata {
namespace {

// Each block holds its own number. Records requests; some blocks are bad.
class recording_device : public memory_device {
 public:
  explicit recording_device(metadata_block nr_blocks) : memory_device(nr_blocks) {
    for (metadata_block b = 0; b < nr_blocks; ++b) std::memcpy(at(b).bytes.data(), &b, sizeof b);
  }

  status read(metadata_block first, std::span<std::byte> to) override {
    const std::lock_guard lock(mutex_);
    const auto count = to.size() / block_size;
    requests.emplace_back(first, count);
    for (auto b = first; b < first + count; ++b)
      if (bad.contains(b)) return status(EIO);
    return memory_device::read(first, to);
  }

  using request = std::pair<metadata_block, std::size_t>;
  std::vector<request> requests;
  std::set<metadata_block> bad;

 private:
  std::mutex mutex_;
};

using outcomes = std::map<metadata_block, int>;  // errno of each visited block

outcomes read_all(recording_device& device, const std::vector<metadata_block>& wanted,
                  unsigned workers) {
  outcomes seen;
  std::mutex mutex;
  batch_reader reader(device, workers);
  reader.read(wanted, [&](const read_block& block) {
    EXPECT_LT(block.worker, reader.nr_workers());
    EXPECT_EQ(wanted[block.index], block.location);
    if (block.outcome.ok()) {
      metadata_block stored;
      std::memcpy(&stored, block.bytes.data(), sizeof stored);
      EXPECT_EQ(stored, block.location);
    }
    const std::lock_guard lock(mutex);
    EXPECT_TRUE(seen.emplace(block.location, block.outcome.errno_value()).second);
  });
  return seen;
}

TEST(batch_reader, neighbours_are_one_request_and_small_gaps_are_read_through) {
  recording_device device(1000);
  read_all(device, {3, 4, 5, 14, 100}, 1);
  EXPECT_EQ(device.requests, (std::vector<recording_device::request>{{3, 12}, {100, 1}}));
}

TEST(batch_reader, large_gaps_are_not_read) {
  recording_device device(1000);
  read_all(device, {3, 13}, 1);
  EXPECT_EQ(device.requests, (std::vector<recording_device::request>{{3, 1}, {13, 1}}));
}

TEST(batch_reader, long_runs_are_cut_to_requests_of_bounded_size) {
  recording_device device(1000);
  std::vector<metadata_block> wanted(200);
  std::iota(wanted.begin(), wanted.end(), 10);
  EXPECT_EQ(read_all(device, wanted, 1).size(), 200);
  for (const auto& [first, count] : device.requests) EXPECT_LE(count, 64);
  EXPECT_EQ(device.requests.size(), 4);
}

TEST(batch_reader, one_worker_visits_in_ascending_order) {
  recording_device device(1000);
  std::vector<metadata_block> order;
  const std::vector<metadata_block> wanted{1, 50, 51, 300, 999};
  batch_reader(device, 1).read(wanted,
                               [&](const read_block& block) { order.push_back(block.location); });
  EXPECT_EQ(order, wanted);
}

TEST(batch_reader, a_bad_block_spoils_only_itself) {
  recording_device device(100);
  device.bad = {5, 40};
  const auto seen = read_all(device, {3, 4, 5, 6, 39, 40}, 2);
  EXPECT_EQ(seen, (outcomes{{3, 0}, {4, 0}, {5, EIO}, {6, 0}, {39, 0}, {40, EIO}}));
}

TEST(batch_reader, a_bad_block_in_a_gap_that_is_read_through_spoils_nothing) {
  recording_device device(100);
  device.bad = {5};
  EXPECT_EQ(read_all(device, {4, 6}, 1), (outcomes{{4, 0}, {6, 0}}));
}

TEST(batch_reader, the_end_of_the_device_is_an_error_of_the_blocks_behind_it) {
  recording_device device(10);
  EXPECT_EQ(read_all(device, {8, 9, 10}, 1), (outcomes{{8, 0}, {9, 0}, {10, EIO}}));
}

TEST(batch_reader, an_exception_of_the_visitor_reaches_the_caller) {
  recording_device device(1000);
  std::vector<metadata_block> wanted(1000);
  std::iota(wanted.begin(), wanted.end(), 0);
  batch_reader reader(device, 4);
  EXPECT_THROW(reader.read(wanted,
                           [](const read_block& block) {
                             if (block.location == 500) throw error("enough");
                           }),
               error);
}

// Of several sizes, so that buffers must grow, and while another call is at work.
TEST(batch_reader, reads_again_and_again_also_inside_a_visit) {
  recording_device device(1000);
  batch_reader reader(device, 3);
  std::vector<metadata_block> wanted(300);
  std::iota(wanted.begin(), wanted.end(), 0);
  for (const std::size_t count : {1U, 300U, 20U, 0U, 300U}) {
    std::atomic<std::size_t> seen = 0;
    reader.read(std::span(wanted).first(count), [&](const read_block& block) {
      const std::vector<metadata_block> other{block.location + 500};
      reader.read(other, [&](const read_block& inner) {
        metadata_block stored;
        std::memcpy(&stored, inner.bytes.data(), sizeof stored);
        EXPECT_EQ(stored, block.location + 500);
        EXPECT_EQ(inner.worker, 0U);
      });
      metadata_block stored;
      std::memcpy(&stored, block.bytes.data(), sizeof stored);
      EXPECT_EQ(stored, block.location);
      ++seen;
    });
    EXPECT_EQ(seen, count);
  }
}

TEST(batch_reader, nothing_wanted_nothing_read) {
  recording_device device(10);
  EXPECT_TRUE(read_all(device, {}, 4).empty());
  EXPECT_TRUE(device.requests.empty());
}

TEST(batch_reader, property_every_wanted_block_is_visited_once_whatever_is_bad) {
  EXPECT_TRUE(rc::check([] {
    const auto wanted = *rc::gen::container<std::set<metadata_block>>(
        rc::gen::cast<metadata_block>(rc::gen::inRange<std::uint64_t>(0, 500)));
    recording_device device(500);
    device.bad = *rc::gen::container<std::set<metadata_block>>(
        rc::gen::cast<metadata_block>(rc::gen::inRange<std::uint64_t>(0, 500)));
    const auto seen = read_all(device, {wanted.begin(), wanted.end()}, *rc::gen::inRange(1U, 5U));
    RC_ASSERT(seen.size() == wanted.size());
    for (const auto& [block, errno_value] : seen) {
      RC_ASSERT(wanted.contains(block));
      RC_ASSERT((errno_value != 0) == device.bad.contains(block));
    }
  }));
}

}  // namespace
}  // namespace pdata
