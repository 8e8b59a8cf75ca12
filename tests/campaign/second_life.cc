#include "tests/campaign/second_life.h"

#include <fmt/format.h>

#include <cstring>

#include "tests/support/pool_user.h"

namespace campaign {

namespace {

constexpr unsigned nr_steps = 20;

pdata::memory_device device_of(plain::bytes image) {
  pdata::memory_device device(image.size() / plain::block_bytes);
  for (plain::u64 b = 0; b < device.nr_blocks(); ++b)
    std::memcpy(device.at(b).bytes.data(), image.data() + b * plain::block_bytes,
                plain::block_bytes);
  return device;
}

}  // namespace

std::string fault_of(const plain::pool& pool) {
  if (!pool.faults.empty()) return pool.faults.front();
  if (pool.metadata.counts != pool.metadata_references) return "metadata counts";
  if (pool.data.counts != pool.data_references) return "data counts";
  if (!pool.without_details.empty()) return "a device without details";
  if (!pool.without_mappings.empty()) return "details without a device";
  return "";
}

second_life live_on(plain::bytes image, std::mt19937_64& dice) {
  second_life life;
  auto device = device_of(image);
  try {
    test_support::pool_user user(device, dice, plain::get_superblock(image).data_block_size);
    test_support::habits how;
    how.device_blocks = 6000;
    how.most_devices = user.expected().size() + 3;
    user.use(how, nr_steps);
    user.close();
    const auto* begin = reinterpret_cast<const std::byte*>(&device.at(0));
    life.image.assign(begin, begin + image.size());
    const auto found = plain::read_pool(life.image);
    life.fault = fault_of(found);
    if (!user.refusals().empty()) life.fault = user.refusals().front();
    for (const auto& [id, mappings] : user.expected())
      if (life.fault.empty() &&
          (!found.devices.contains(id) || found.devices.at(id).mappings != mappings))
        life.fault = fmt::format("device {} does not map what was written", id);
  } catch (const std::exception& e) {
    life.fault = e.what();
  }
  return life;
}

}  // namespace campaign
