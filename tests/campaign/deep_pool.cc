#include "tests/campaign/deep_pool.h"

#include <random>
#include <stdexcept>

#include "persistent-data/engine/pool_metadata.h"

namespace campaign {

namespace {

constexpr pdata::metadata_block nr_blocks = 2048;
constexpr std::uint64_t nr_data_blocks = 100000;
constexpr pdata::thin_block nr_mapped = 70000;
constexpr unsigned nr_commits = 20;

void expect(pdata::status outcome) {
  if (!outcome.ok()) throw std::runtime_error("the deep pool cannot be made");
}

class maker {
 public:
  explicit maker(pdata::memory_device& device)
      : pool_(std::move(*pdata::pool_metadata::open(device, {.data_block_size = 128}))) {
    expect(pool_->resize_data(nr_data_blocks));
    expect(pool_->create_thin(1));
    expect(pool_->create_thin(3));
    map(1, nr_mapped, [](pdata::thin_block n) { return 3 * n; });
    map(3, 500, [](pdata::thin_block n) { return n * n; });
    expect(pool_->create_snap(2, 1));
    // Both go their own way: sharing is broken here and there.
    std::mt19937_64 generator(1);
    for (const pdata::device_id id : {1, 2, 1})
      map(id, 300, [&](pdata::thin_block) { return 3 * (generator() % nr_mapped); });
    expect(pool_->close());
  }

 private:
  template <class KeyOf>
  void map(pdata::device_id id, pdata::thin_block count, KeyOf key_of) {
    auto opened = pool_->open_device(id);
    expect(opened.ok() ? pdata::success : opened.failure());
    for (pdata::thin_block n = 0; n < count; ++n) {
      const auto data = pool_->alloc_data_block();
      expect(data.ok() ? pdata::success : data.failure());
      expect(pool_->insert_block(*opened, key_of(n), *data));
      if (n % (count / nr_commits) == 0) expect(pool_->commit());
    }
    expect(pool_->commit());
    pool_->close_device(*opened);
  }

  std::unique_ptr<pdata::pool_metadata> pool_;
};

}  // namespace

pdata::memory_device make_deep_pool() {
  pdata::memory_device device(nr_blocks);
  maker make(device);
  return device;
}

}  // namespace campaign
