// Tiny pools that two machines had in use: both opened the same metadata, made a few commits each,
// and wrote over what the other one had. A repair must not say of them that nothing was lost while
// a mapping that one of them had made is gone. The report is held against what the plain reader
// says of the metadata as each machine alone would have left it.
//
//   two_machines [--seed N] [--pools N] [--show] [--keep DIR]
//   two_machines --sound [--seed N] [--pools N] [--at-least N]
//
//   --pools N     seeds that are tried, from --seed on (default: 300 from 1)
//   --show        print the seeds of which it is said wrongly
//   --keep DIR    leave their images there: SEED.bad, and SEED.first and SEED.second as each
//                 machine alone would have left it
//   --sound       pools that one machine alone had, of each life of the campaign, and the kernel's
//                 images: how many are called whole. What a repair gives away so as to be never
//                 wrong.
//   --at-least N  fail where it is fewer
//
// Left out are images on which nothing tells that there were two: all of it is as the one would
// have left it whose superblock is there. Status 1 if nothing was lost by one report that is wrong,
// if a sound pool is repaired wrongly, or if nothing was tried.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/campaign/patients.h"
#include "tests/support/pool_user.h"
#include "thin-tools/repair/output/plan_writer.h"
#include "thin-tools/repair/repair.h"

namespace campaign {

namespace {

using pdata::memory_device;
using plain::u64;
using test_support::habits;
using test_support::pool_user;
using test_support::recording_device;

constexpr std::uint32_t data_block_sectors = 128;

struct options {
  u64 seed = 1;
  u64 pools = 0;  // 0: as many as is usual
  bool show = false;
  std::string keep;
  bool sound = false;
  u64 at_least = 0;
};

plain::pool read(const memory_device& device) {
  const auto* begin = reinterpret_cast<const std::byte*>(&device.at(0));
  return plain::read_pool(
      {begin, static_cast<std::size_t>(device.nr_blocks()) * plain::block_bytes});
}

// What the repair says and makes of a device.
struct told {
  bool nothing_lost = false;
  plain::pool result;
};

told repair(memory_device& device) {
  pdata::batch_reader reader(device, 1);
  told found;
  try {
    auto plan = thin_tools::make_repair_plan(reader, "pool", {});
    found.nothing_lost = plan.account_closed();
    memory_device result(device.nr_blocks());
    thin_tools::write_plan(plan, reader, result);
    found.result = read(result);
  } catch (const std::exception&) {
    found.nothing_lost = false;  // it was refused
  }
  return found;
}

bool has(const plain::pool& pool, u64 device, u64 block, const plain::mapping& mapping) {
  const auto found = pool.devices.find(device);
  if (found == pool.devices.end()) return false;
  const auto at = found->second.mappings.find(block);
  return at != found->second.mappings.end() && at->second == mapping;
}

// A mapping of `pool` that `without` had not.
bool lacks(const plain::pool& found, const plain::pool& pool, const plain::pool& without) {
  for (const auto& [id, device] : pool.devices)
    for (const auto& [block, mapping] : device.mappings)
      if (!has(found, id, block, mapping) && !has(without, id, block, mapping)) return true;
  return false;
}

// Blocks that one commit wrote, and what they were.
using commit_writes = std::map<u64, pdata::block_buffer>;

struct machine {
  memory_device alone;
  std::vector<commit_writes> commits;
  plain::pool truth;
};

// What the commits behind a mark wrote.
machine done_since(const recording_device& device, std::size_t mark) {
  machine done{device.now(), {}, read(device.now())};
  for (auto epoch = mark; epoch < device.nr_marks(); ++epoch) {
    const auto after = device.at_mark(epoch + 1);
    auto& writes = done.commits.emplace_back();
    for (const auto& [block, before] : device.overwritten(epoch)) writes[block] = after.at(block);
  }
  return done;
}

// What a machine does that opens the pool. One that does nothing commits once.
machine work(const memory_device& then, unsigned nr_steps, const habits& how,
             std::mt19937_64& dice) {
  recording_device device(then);
  {
    pool_user user(device, dice, data_block_sectors);
    user.on_commit = [&device] { device.mark(); };
    if (nr_steps == 0) user.resize_data(read(then).fields.data.nr_blocks);
    if (nr_steps != 0) user.use(how, nr_steps);
    user.close();
  }
  device.mark();
  return done_since(device, 0);
}

struct shared_pool {
  plain::pool parted;  // what both began with
  machine first;
  machine second;
  memory_device image;
  int last = -1;  // whose superblock is there: 0, 1; neither's
};

class maker {
 public:
  explicit maker(u64 seed) {
    const auto what = fmt::format("two machines {}", seed);
    std::seed_seq seeds(what.begin(), what.end());
    dice_ = std::mt19937_64(seeds);
  }

  shared_pool make() {
    how_ = habits();
    how_.longest_run = 1 + static_cast<unsigned>(below(24));
    how_.device_blocks = 20 + below(600);
    how_.most_devices = 1 + below(4);
    how_.discard = static_cast<unsigned>(below(8));
    how_.snapshot = static_cast<unsigned>(below(4));
    how_.remove = static_cast<unsigned>(below(3));
    how_.reopen = static_cast<unsigned>(below(3));
    recording_device device(64 + 32 * below(9));
    const auto parted = live(device);
    const auto then = device.at_mark(parted);
    const bool goes_on = below(2) == 0;  // the first one did not open it anew
    shared_pool pool{read(then),
                     goes_on ? done_since(device, parted) : work(then, 1 + steps(4), how_, dice_),
                     work(then, steps(4), how_, dice_), then};
    put_together(pool);
    return pool;
  }

 private:
  u64 below(u64 end) { return dice_() % end; }
  unsigned steps(u64 end) { return static_cast<unsigned>(below(end)); }

  // Returns the mark at which the other one opens it.
  std::size_t live(recording_device& device) {
    pool_user user(device, dice_, data_block_sectors);
    user.on_commit = [&device] { device.mark(); };
    user.resize_data(40 + below(2000));
    user.create(1);
    user.use(how_, steps(14));
    if (below(3) == 0) {
      user.close();
      return device.nr_marks();
    }
    const auto mark = device.nr_marks();
    user.use(how_, 1 + steps(4));
    user.close();
    return mark;
  }

  void put(memory_device& image, const commit_writes& writes) {
    for (const auto& [block, contents] : writes) image.at(block) = contents;
  }

  void put_together(shared_pool& pool) {
    const bool in_turn = below(3) == 0;
    const auto idle = pool.image.at(0);
    std::size_t at[2] = {0, 0};
    const machine* machines[2] = {&pool.first, &pool.second};
    const auto left = [&](int m) { return machines[m]->commits.size() - at[m]; };
    while (left(0) + left(1) != 0) {
      const int m = left(0) == 0 || (in_turn && left(1) != 0 && below(2) == 0) ? 1 : 0;
      put(pool.image, machines[m]->commits[at[m]++]);
      pool.last = m;
    }
    // One that did nothing writes the superblock back as it was.
    if (below(5) == 0) {
      pool.image.at(0) = idle;
      pool.last = -1;
    }
  }

  std::mt19937_64 dice_;
  habits how_;
};

bool same_image(const memory_device& a, const memory_device& b) {
  for (u64 i = 0; i < a.nr_blocks(); ++i)
    if (a.at(i).bytes != b.at(i).bytes) return false;
  return true;
}

void keep(const options& how, u64 seed, const shared_pool& pool) {
  const auto write = [&](const char* as, const memory_device& device) {
    std::ofstream file(fmt::format("{}/{}.{}", how.keep, seed, as), std::ios::binary);
    file.write(reinterpret_cast<const char*>(&device.at(0)),
               static_cast<std::streamsize>(device.nr_blocks() * plain::block_bytes));
  };
  write("bad", pool.image);
  write("first", pool.first.alone);
  write("second", pool.second.alone);
}

int try_two_machines(const options& how) {
  const auto end = how.seed + (how.pools != 0 ? how.pools : 300);
  unsigned nr_tried = 0, nr_closed = 0, nr_silent = 0;
  unsigned nr_alone = 0, nr_alone_closed = 0;
  for (auto seed = how.seed; seed < end; ++seed) {
    auto pool = maker(seed).make();
    for (auto* alone : {&pool.first, &pool.second}) {
      ++nr_alone;
      nr_alone_closed += repair(alone->alone).nothing_lost;
    }
    const machine* machines[2] = {&pool.first, &pool.second};
    if (pool.last >= 0 && same_image(pool.image, machines[pool.last]->alone)) continue;
    ++nr_tried;
    const auto found = repair(pool.image);
    if (!found.nothing_lost) continue;
    ++nr_closed;
    if (!lacks(found.result, pool.first.truth, pool.parted) &&
        !lacks(found.result, pool.second.truth, pool.parted))
      continue;
    ++nr_silent;
    if (how.show) fmt::print("silent: seed {}\n", seed);
    if (!how.keep.empty()) keep(how, seed, pool);
  }
  fmt::print(
      "{} pools of two machines, of {} nothing was lost as is said, of {} wrongly; of {} of {} "
      "pools of one machine\n",
      nr_tried, nr_closed, nr_silent, nr_alone_closed, nr_alone);
  return nr_silent != 0 || nr_tried == 0 || nr_alone_closed == 0 ? 1 : 0;
}

struct sound_counts {
  unsigned nr_pools = 0;
  unsigned nr_closed = 0;
  unsigned nr_wrong = 0;
};

void try_sound(const patient& who, const options& how, sound_counts& sum) {
  memory_device device(who.nr_blocks());
  std::ranges::copy(who.image, reinterpret_cast<std::byte*>(&device.at(0)));
  const auto found = repair(device);
  ++sum.nr_pools;
  sum.nr_closed += found.nothing_lost;
  if (lacks(found.result, who.truth, {}) || lacks(who.truth, found.result, {})) {
    ++sum.nr_wrong;
    fmt::print("repaired wrongly: {}\n", who.name);
  } else if (how.show && !found.nothing_lost) {
    fmt::print("not proven: {}\n", who.name);
  }
}

int try_sound_pools(const options& how) {
  const auto end = how.seed + (how.pools != 0 ? how.pools : 25);
  sound_counts random, kernel;
  for (auto seed = how.seed; seed < end; ++seed)
    for (const auto& life : lives()) try_sound(make_patient(life, seed), how, random);
  for (const auto& who : kernel_patients()) try_sound(who, how, kernel);
  fmt::print("{} of {} random pools, {} of {} images of a kernel are called whole\n",
             random.nr_closed, random.nr_pools, kernel.nr_closed, kernel.nr_pools);
  return random.nr_wrong + kernel.nr_wrong != 0 ||
         random.nr_closed + kernel.nr_closed < how.at_least;
}

options parse(int argc, char** argv) {
  options found;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 == argc) throw std::runtime_error("incomplete option " + name);
      return argv[++i];
    };
    if (name == "--seed")
      found.seed = std::stoull(value());
    else if (name == "--pools")
      found.pools = std::stoull(value());
    else if (name == "--show")
      found.show = true;
    else if (name == "--keep")
      found.keep = value();
    else if (name == "--sound")
      found.sound = true;
    else if (name == "--at-least")
      found.at_least = std::stoull(value());
    else
      throw std::runtime_error("unknown option " + name);
  }
  return found;
}

}  // namespace

}  // namespace campaign

int main(int argc, char** argv) {
  try {
    const auto how = campaign::parse(argc, argv);
    return how.sound ? campaign::try_sound_pools(how) : campaign::try_two_machines(how);
  } catch (const std::exception& e) {
    fmt::print(stderr, "two_machines: {}\n", e.what());
    return 1;
  }
}
