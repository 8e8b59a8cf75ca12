#include "tests/campaign/patients.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tests/support/pool_user.h"
#include "tests/unit/support/kernel_images.h"

namespace campaign {

using plain::u64;
using test_support::habits;
using test_support::pool_user;
using test_support::recording_device;

namespace {

constexpr std::uint32_t data_block_sectors = 128;
constexpr unsigned nr_past_hosts = 3;

image_bytes bytes_of(const pdata::memory_device& device) {
  const auto* begin = reinterpret_cast<const std::byte*>(&device.at(0));
  return {begin, begin + device.nr_blocks() * pdata::block_size};
}

struct life {
  habits how;
  u64 metadata_blocks = 4096;
  u64 data_blocks = 40000;
  unsigned nr_steps = 110;
  unsigned former_steps = 0;  // of a pool that was there before
};

life life_of(const std::string& name) {
  life of;
  if (name == "snapshots") {
    of.how.snapshot = 6;
    of.how.remove = 4;
    of.how.most_devices = 14;
  } else if (name == "discards") {
    of.how.discard = 14;
  } else if (name == "grown") {
    of.metadata_blocks = 2560;
    of.data_blocks = 3000;
    of.how.grow_data = 2;
    of.how.grow_metadata = 1;
    of.how.device_blocks = 30000;
  } else if (name == "anew") {
    of.former_steps = 100;
    of.nr_steps = 45;
  } else if (name == "held") {
    of.how.hold = 3;
  } else if (name == "full") {
    of.data_blocks = 2500;
    of.metadata_blocks = 2560;
    of.how.device_blocks = 5000;
    of.how.longest_run = 200;
  } else if (name == "deep") {
    of.data_blocks = 150000;
    of.nr_steps = 50;
    of.how.device_blocks = 200000;
    of.how.longest_run = 6000;
    of.how.discard = of.how.snapshot = 1;
    of.how.create = of.how.remove = 0;
    of.how.most_devices = 3;
  } else if (name != "plain") {
    throw std::runtime_error("no such life: " + name);
  }
  return of;
}

void live(recording_device& device, std::mt19937_64& dice, const life& of, unsigned nr_steps) {
  pool_user user(device, dice, data_block_sectors);
  user.on_commit = [&device] { device.mark(); };
  user.on_grow_metadata = [&device](u64 more) { device.resize(device.nr_blocks() + more); };
  user.resize_data(of.data_blocks);
  user.create(1);
  user.use(of.how, nr_steps);
  user.close();
  if (!user.refusals().empty())
    throw std::runtime_error("the engine refuses: " + user.refusals().front());
}

// The superblock as LVM2 leaves it where it makes a pool over an old one.
void wipe_superblock(recording_device& device) {
  const auto zeroes = std::make_unique<pdata::block_buffer>();
  device.write(0, zeroes->span()).ignore();
  device.mark();
}

// It commits once even if it did nothing: being resized to the size that it has
// puts a pool in service.
second_host host_of_the_past(const recording_device& device, std::size_t mark, unsigned nr_steps,
                             std::mt19937_64& dice) {
  recording_device its(device.at_mark(mark));
  const auto nr_data_blocks = plain::read_pool(bytes_of(its.now())).fields.data.nr_blocks;
  {
    pool_user user(its, dice, data_block_sectors);
    habits how;
    how.reopen = how.remove = how.snapshot = how.create = 0;
    user.resize_data(nr_data_blocks);
    user.use(how, nr_steps);
    user.close();
  }
  its.mark();
  second_host host{plain::read_pool(bytes_of(its.now())), {}, false};
  for (std::size_t epoch = 0; epoch < its.nr_marks(); ++epoch)
    for (const auto& [block, before] : its.overwritten(epoch))
      host.writes.insert_or_assign(block, its.now().at(block));
  const auto now = device.now();
  for (u64 b = 0; b < now.nr_blocks() && !host.leaves_traces; ++b)
    host.leaves_traces = !host.writes.contains(b) &&
                         (b >= its.nr_blocks() || now.at(b).bytes != its.now().at(b).bytes);
  return host;
}

void demand_sound(const patient& who) {
  const auto& truth = who.truth;
  std::string why = truth.faults.empty() ? "" : truth.faults.front();
  if (truth.metadata.counts != truth.metadata_references) why = "metadata counts";
  if (truth.data.counts != truth.data_references) why = "data counts";
  if (truth.nr_mappings() == 0) why = "nothing is mapped";
  if (!why.empty())
    throw std::runtime_error(fmt::format("pool {} is not sound: {}", who.name, why));
}

}  // namespace

const std::vector<std::string>& lives() {
  static const std::vector<std::string> names{"plain", "snapshots", "discards", "grown",
                                              "anew",  "held",      "full",     "deep"};
  return names;
}

patient make_patient(const std::string& name, u64 seed) {
  const auto what = fmt::format("pool {} {}", name, seed);
  std::seed_seq seeds(what.begin(), what.end());
  std::mt19937_64 dice(seeds);
  const life of = life_of(name);
  auto device = std::make_shared<recording_device>(of.metadata_blocks);
  if (of.former_steps != 0) {
    live(*device, dice, of, of.former_steps);
    wipe_superblock(*device);
  }
  const auto birth = device->nr_marks() + 2;
  live(*device, dice, of, of.nr_steps);

  patient who{fmt::format("{}-{}", name, seed), bytes_of(device->now()), {}, device, {}, {}};
  who.truth = plain::read_pool(who.image);
  demand_sound(who);
  const auto nr_marks = device->nr_marks();
  for (unsigned i = 1; i <= nr_past_hosts && nr_marks > birth + 2; ++i) {
    const auto mark = birth + (nr_marks - birth) * (nr_past_hosts + i) / (2 * nr_past_hosts + 1);
    who.idle_hosts.push_back(host_of_the_past(*device, mark, 0, dice));
    auto host = host_of_the_past(*device, mark, 4, dice);
    if (host.leaves_traces) who.working_hosts.push_back(std::move(host));
  }
  return who;
}

std::vector<patient> kernel_patients() {
  std::vector<patient> all;
  for (const auto& name : test_support::kernel_image_names()) {
    patient who{name, bytes_of(test_support::load_kernel_image(name)), {}, nullptr, {}, {}};
    who.truth = plain::read_pool(who.image);
    if (who.truth.nr_mappings() == 0) continue;
    demand_sound(who);
    all.push_back(std::move(who));
  }
  return all;
}

}  // namespace campaign
