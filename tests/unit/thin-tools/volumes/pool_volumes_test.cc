// Volumes of pools that the kernel wrote, each block of their metadata damaged in turn: what is
// mapped is true, what is called a hole is one, or it is said that this is not sure.
#include "thin-tools/volumes/pool_volumes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "persistent-data/base/error.h"
#include "tests/support/plain_pool.h"
#include "tests/unit/support/image.h"
#include "tests/unit/support/kernel_images.h"

namespace thin_tools {
namespace {

using content = volume_map::content;

class metadata_copy {
 public:
  explicit metadata_copy(const std::string& image)
      : image_(test_support::load_kernel_image(image)),
        truth(plain::read_pool(test_support::image_bytes(image_))) {
    path_ = std::filesystem::temp_directory_path() /
            ("pool_volumes_" + image + "_" + std::to_string(getpid()));
    std::ofstream file(path_, std::ios::binary);
    const auto bytes = test_support::image_bytes(image_);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ~metadata_copy() { std::filesystem::remove(path_); }
  metadata_copy(const metadata_copy&) = delete;
  metadata_copy& operator=(const metadata_copy&) = delete;

  std::vector<std::uint64_t> used_blocks() const {
    std::vector<std::uint64_t> used;
    for (std::uint64_t block = 0; block < image_.nr_blocks(); ++block)
      if (image_.at(block).bytes != pdata::block_buffer{}.bytes) used.push_back(block);
    return used;
  }
  void put(std::uint64_t block, const pdata::block_buffer& bytes) const {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(block * pdata::block_size));
    file.write(reinterpret_cast<const char*>(bytes.bytes.data()), pdata::block_size);
  }
  void damage(std::uint64_t block) const { put(block, {}); }
  void mend(std::uint64_t block) const { put(block, image_.at(block)); }

  pool_request request(damage_handling how) const {
    pool_request wanted{.metadata = path_.string(), .damaged = how};
    if (how == damage_handling::repair)
      wanted.repair.data_block_size = truth.fields.data_block_size;
    return wanted;
  }

 private:
  pdata::memory_device image_;
  std::filesystem::path path_;

 public:
  const plain::pool truth;
};

struct comparison {
  std::uint64_t nr_true = 0;
  std::uint64_t nr_false = 0;        // mapped to what is not the truth
  std::uint64_t nr_false_holes = 0;  // mapped in truth
  std::uint64_t nr_lost = 0;         // mapped in truth, and known to be lost
};

comparison compare(const volume_map& map, const plain::mapping_table& truth) {
  comparison result;
  for (const auto& [block, mapping] : truth) {
    const auto found = map.at(block);
    if (found.what == content::lost) ++result.nr_lost;
    if (found.what == content::hole) ++result.nr_false_holes;
    if (found.what == content::mapped && found.data_begin == mapping.block) ++result.nr_true;
  }
  result.nr_false = map.extent().mapped_blocks - result.nr_true;
  return result;
}

void expect_honest(pool_volumes& pool, const plain::pool& truth) {
  pool.read_all([&](pdata::device_id device, const volume_map& map) {
    const auto known = truth.devices.find(device);
    ASSERT_NE(known, truth.devices.end()) << "device " << device << " was made up";
    const auto found = compare(map, known->second.mappings);
    EXPECT_EQ(found.nr_false, 0U) << "device " << device;
    if (found.nr_false_holes != 0) {
      EXPECT_NE(pool.remarks(), "") << "device " << device;
    }
    if (pool.grade(map) == volume_grade::whole) {
      EXPECT_EQ(found.nr_true, known->second.mappings.size()) << "device " << device;
      EXPECT_TRUE(map.whole()) << "device " << device;
    }
    if (found.nr_lost != 0) {
      EXPECT_NE(describe_losses(device, map, "fails"), "");
    }
  });
  std::set<std::uint64_t> named;
  for (const auto& [device, details] : pool.devices()) named.insert(device);
  for (const auto& lost : pool.lost()) named.insert(lost.device);
  for (const auto& [device, known] : truth.devices)
    if (!named.contains(device)) {
      EXPECT_NE(pool.remarks(), "") << "device " << device;
    }
}

class pool_volumes_of : public testing::TestWithParam<std::string> {};

TEST_P(pool_volumes_of, sound_metadata_are_whole) {
  const metadata_copy copy(GetParam());
  for (const auto how : {damage_handling::refuse, damage_handling::skip, damage_handling::repair}) {
    pool_volumes pool(copy.request(how));
    EXPECT_EQ(pool.devices().size(), copy.truth.devices.size());
    std::size_t nr_read = 0;
    pool.read_all([&](pdata::device_id device, const volume_map& map) {
      ++nr_read;
      EXPECT_NE(pool.grade(map), volume_grade::damaged);
      EXPECT_EQ(compare(map, copy.truth.devices.at(device).mappings).nr_true,
                copy.truth.devices.at(device).mappings.size());
      EXPECT_EQ(describe_losses(device, map, "fails"), "");
    });
    EXPECT_EQ(nr_read, copy.truth.devices.size());
  }
}

TEST_P(pool_volumes_of, damaged_metadata_are_honest) {
  const metadata_copy copy(GetParam());
  const auto used = copy.used_blocks();
  constexpr std::size_t tried_max = 24;
  const auto step = std::max<std::size_t>(1, used.size() / tried_max);
  std::size_t nr_served = 0;
  for (std::size_t i = 0; i < used.size(); i += step) {
    SCOPED_TRACE("block " + std::to_string(used[i]));
    copy.damage(used[i]);
    for (const auto how :
         {damage_handling::refuse, damage_handling::skip, damage_handling::repair}) {
      try {
        pool_volumes pool(copy.request(how));
        expect_honest(pool, copy.truth);
        if (how == damage_handling::repair) ++nr_served;
      } catch (const pdata::error& e) {
        EXPECT_NE(std::string(e.what()), "");
      }
    }
    copy.mend(used[i]);
  }
  EXPECT_GT(nr_served, used.size() / step / 2);
}

INSTANTIATE_TEST_SUITE_P(kernel_images, pool_volumes_of,
                         testing::Values("snapshots", "mixed-0", "shared-by-many", "strided"),
                         [](const auto& each) {
                           auto name = each.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace thin_tools
