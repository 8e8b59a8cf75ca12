#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "persistent-data/base/error.h"
#include "sim/record/record_merger.h"
#include "sim/record/relay_buffers.h"

namespace sim::record {
namespace {

// A record of version 1 or 2, with its time, and the processor's number as its payload.
std::string record(unsigned version, std::uint64_t time, std::uint16_t payload_bytes = 0) {
  std::string bytes(version == 1 ? 48 : 64, '\0');
  const std::uint32_t magic = 0x65617406 + version;
  std::memcpy(bytes.data(), &magic, sizeof magic);
  std::memcpy(bytes.data() + 8, &time, sizeof time);
  std::memcpy(bytes.data() + (version == 1 ? 46 : 50), &payload_bytes, sizeof payload_bytes);
  return bytes + std::string(payload_bytes, 'p');
}

std::uint64_t time_of(std::span<const std::byte> record) {
  std::uint64_t time;
  std::memcpy(&time, record.data() + 8, sizeof time);
  return time;
}

pdata::spool_file spool_of(const std::string& bytes) {
  pdata::spool_file spool(4096);
  spool.append(std::as_bytes(std::span(bytes)));
  return spool;
}

TEST(record_merger_test, orders_records_of_all_processors_by_time) {
  const auto a = spool_of(record(2, 1) + record(2, 5, 100) + record(2, 6));
  const auto b = spool_of(record(2, 2, 65535) + record(2, 4) + record(2, 9));
  const auto none = spool_of("");
  std::vector<std::uint64_t> times;
  std::size_t bytes = 0;
  const auto count = merge_records({&a, &none, &b}, [&](std::span<const std::byte> r) {
    times.push_back(time_of(r));
    bytes += r.size();
  });
  EXPECT_EQ(count, 6U);
  EXPECT_EQ(times, (std::vector<std::uint64_t>{1, 2, 4, 5, 6, 9}));
  EXPECT_EQ(bytes, a.size() + b.size());
}

TEST(record_merger_test, long_buffers_of_both_versions_are_read_in_windows) {
  std::string bytes;
  for (std::uint64_t i = 0; i < 20000; ++i)
    bytes += record(1 + i % 2, i, static_cast<std::uint16_t>(i % 97));
  const auto spool = spool_of(bytes);
  std::string merged;
  const auto count = merge_records({&spool}, [&](std::span<const std::byte> r) {
    merged.append(reinterpret_cast<const char*>(r.data()), r.size());
  });
  EXPECT_EQ(count, 20000U);
  EXPECT_EQ(merged, bytes);
}

TEST(record_merger_test, what_is_no_record_ends_it) {
  const auto whole = record(2, 1, 10);
  for (const auto& bytes : {std::string("x"), std::string(64, '\0'), whole.substr(0, 60),
                            whole.substr(0, 70), whole + whole.substr(0, 3)}) {
    const auto spool = spool_of(bytes);
    EXPECT_THROW(merge_records({&spool}, [](auto) {}), pdata::error) << bytes.size();
  }
}

class relay_test : public testing::Test {
 protected:
  relay_test() { std::filesystem::create_directories(directory_); }
  ~relay_test() override { std::filesystem::remove_all(directory_); }
  void append(const std::string& name, const std::string& bytes) const {
    std::ofstream(directory_ + "/" + name, std::ios::app | std::ios::binary) << bytes;
  }
  std::string directory_ = testing::TempDir() + "thin_sim_relay";
};

TEST_F(relay_test, reads_what_comes_and_counts_what_was_dropped) {
  append("trace0", record(2, 7));
  append("dropped", "12\n");
  relay_buffers buffers(directory_);
  EXPECT_TRUE(buffers.drain());
  EXPECT_FALSE(buffers.drain());
  append("trace0", record(2, 8));
  EXPECT_TRUE(buffers.drain());
  EXPECT_EQ(buffers.bytes(), 2 * 64U);
  EXPECT_EQ(buffers.dropped(), 12U);
  EXPECT_EQ(merge_records(buffers.spools(), [](auto) {}), 2U);
}

TEST_F(relay_test, a_directory_without_buffers_is_none) {
  EXPECT_THROW(relay_buffers{directory_}, pdata::error);
  append("trace0", "");
  append("dropped", "many\n");
  EXPECT_THROW(relay_buffers(directory_).dropped(), pdata::error);
}

}  // namespace
}  // namespace sim::record
