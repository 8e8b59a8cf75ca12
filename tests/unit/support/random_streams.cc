#include "tests/unit/support/random_streams.h"

#include <algorithm>

namespace test_support {

namespace {

using pdata::mapping_run;

constexpr std::uint64_t nr_data_blocks = 40000;

// A run that continues the one before with neither block may stand beside it;
// one that would continue it in both is moved on, since runs are maximal.
mapping_run next_run(pdata::thin_block& at, const mapping_run* before) {
  mapping_run run;
  at += *rc::gen::element<std::uint64_t>(0, 0, 1, 5, 1000);
  run.begin = at;
  run.length =
      *rc::gen::weightedOneOf<std::uint64_t>({{3, rc::gen::inRange<std::uint64_t>(1, 4)},
                                              {2, rc::gen::inRange<std::uint64_t>(4, 90)},
                                              {1, rc::gen::inRange<std::uint64_t>(90, 900)}});
  run.data_begin = *rc::gen::inRange<std::uint64_t>(0, nr_data_blocks - run.length);
  run.time = *rc::gen::inRange<std::uint32_t>(0, 3);
  if (before != nullptr && before->begin + before->length == run.begin &&
      before->data_begin + before->length == run.data_begin && before->time == run.time)
    ++run.begin;
  at = run.begin + run.length;
  return run;
}

std::vector<mapping_run> some_runs(pdata::thin_block& at, int most) {
  std::vector<mapping_run> runs;
  const int count = *rc::gen::inRange(0, most);
  for (int i = 0; i < count; ++i) runs.push_back(next_run(at, i == 0 ? nullptr : &runs.back()));
  return runs;
}

std::uint64_t length_of(const std::vector<mapping_run>& runs) {
  std::uint64_t length = 0;
  for (const auto& run : runs) length += run.length;
  return length;
}

// A line of blocks that devices have in common: plain or as defs.
struct stretch {
  std::string def;  // empty: plain
  std::vector<mapping_run> runs;
};

void add_stretch(generated_device& device, const stretch& added) {
  device.details.mapped_blocks += length_of(added.runs);
  if (!added.def.empty()) {
    device.pieces.emplace_back(added.def);
  } else {
    for (const auto& run : added.runs) device.pieces.emplace_back(run);
  }
}

void make_family(generated_pool& pool, pdata::device_id& id) {
  std::vector<stretch> common;
  pdata::thin_block at = 0;
  const int nr_stretches = *rc::gen::inRange(0, 6);
  for (int i = 0; i < nr_stretches; ++i) {
    stretch made;
    made.runs = some_runs(at, 12);
    at += 10000;  // room for what one device has alone
    if (*rc::gen::arbitrary<bool>()) {
      made.def = "def " + std::to_string(pool.defs.size());
      pool.defs.emplace(made.def, made.runs);
    }
    common.push_back(made);
  }
  const int nr_members = *rc::gen::inRange(1, 4);
  for (int member = 0; member < nr_members; ++member) {
    generated_device device;
    id += *rc::gen::inRange<std::uint64_t>(1, 4);
    device.id = id;
    device.details.transaction_id = *rc::gen::inRange<std::uint64_t>(0, 100);
    device.details.creation_time = *rc::gen::inRange<std::uint32_t>(0, 100);
    for (const auto& piece : common) {
      const int choice = *rc::gen::inRange(0, 5);
      if (choice != 0) add_stretch(device, piece);
      if (choice != 1) continue;
      pdata::thin_block own =
          piece.runs.empty() ? pdata::thin_block(0) : piece.runs.back().begin + 1000;
      if (!piece.runs.empty()) add_stretch(device, {"", some_runs(own, 4)});
    }
    pool.devices.push_back(device);
  }
}

generated_pool make_pool() {
  generated_pool pool;
  pool.superblock.time = *rc::gen::inRange<std::uint32_t>(0, 100);
  pool.superblock.transaction_id = *rc::gen::arbitrary<std::uint64_t>();
  pool.superblock.data_block_size = 128;
  pool.superblock.nr_data_blocks = nr_data_blocks;
  pdata::device_id id = 0;
  const int nr_families = *rc::gen::inRange(0, 4);
  for (int i = 0; i < nr_families; ++i) make_family(pool, id);
  return pool;
}

}  // namespace

void generated_pool::play(pdata::metadata_sink& sink) const {
  sink.begin_superblock(superblock);
  for (const auto& [name, runs] : defs) {
    sink.begin_def(name);
    for (const auto& run : runs) sink.run(run);
    sink.end_def();
  }
  for (const auto& device : devices) {
    sink.begin_device(device.id, device.details);
    for (const auto& piece : device.pieces) {
      if (const auto* run = std::get_if<mapping_run>(&piece)) {
        sink.run(*run);
      } else {
        sink.ref(std::get<std::string>(piece));
      }
    }
    sink.end_device();
  }
  sink.end_superblock();
}

std::map<pdata::thin_block, pdata::mapping> generated_pool::mappings_of(
    const generated_device& device) const {
  std::map<pdata::thin_block, pdata::mapping> mappings;
  const auto add = [&mappings](const mapping_run& run) {
    for (std::uint64_t i = 0; i < run.length; ++i)
      mappings[run.begin + i] = {run.data_begin + i, run.time};
  };
  for (const auto& piece : device.pieces) {
    if (const auto* run = std::get_if<mapping_run>(&piece)) {
      add(*run);
    } else {
      std::ranges::for_each(defs.at(std::get<std::string>(piece)), add);
    }
  }
  return mappings;
}

rc::Gen<generated_pool> any_pool() { return rc::gen::resize(100, rc::gen::exec(make_pool)); }

}  // namespace test_support
