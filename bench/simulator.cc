// How fast the simulated targets are: provisions and mapped lookups a second of
// processor time on one core, with a commit each virtual second, and what that
// costs in memory.
//
//   bench_simulator [BLOCKS [POOL_TIB]]
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "persistent-data/base/error.h"
#include "sim/thin/machine.h"

namespace {

using namespace sim;

constexpr sector block = 128;
constexpr std::uint64_t requests_a_second = 50'000;  // of virtual time

double processor_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void require(pdata::status r, const char* what) {
  if (!r.ok()) throw pdata::error(fmt::format("{}: {}", what, pdata::errno_text(r.errno_value())));
}

template <class Request>
void measure(const char* what, std::uint64_t count, machine& m, Request request) {
  const double begin = processor_seconds();
  for (std::uint64_t i = 0; i < count; ++i) {
    request(i);
    if (i % requests_a_second == 0) m.loop().advance(one_second);
  }
  const double seconds = processor_seconds() - begin;
  fmt::print("{:<28} {:>12.0f} a second\n", what, static_cast<double>(count) / seconds);
}

void run(std::uint64_t blocks, std::uint64_t tib) {
  const sector size = tib << 31;
  machine m;
  m.add_disk("/dev/meta", std::make_unique<memory_backing>(1 << 25));
  m.add_disk("/dev/data", std::make_unique<memory_backing>(size));
  const table_line pool{0, size, "thin-pool", "/dev/meta /dev/data 128 0 1 skip_block_zeroing"};
  require(m.create("pool", std::span(&pool, 1)), "pool");
  require(m.message("pool", 0, "create_thin 0"), "create_thin");
  const table_line thin{0, size, "thin", "/dev/mapper/pool 0"};
  require(m.create("thin", std::span(&thin, 1)), "thin");
  device& on = *m.find("thin");

  std::mt19937_64 random(1);
  std::vector<sector> scattered(blocks);
  for (auto& at : scattered) at = random() % (size / block) * block;
  const auto write = [&](sector at) {
    require(perform(m, on, block_request::write(at, 8, content::stamped(1, at))), "write");
  };
  const auto read = [&](sector at) { require(perform(m, on, block_request::read(at, 8)), "read"); };
  measure("provisions, in order", blocks, m, [&](std::uint64_t i) { write(i * block); });
  measure("provisions, scattered", blocks, m, [&](std::uint64_t i) { write(scattered[i]); });
  measure("lookups, in order", 2 * blocks, m, [&](std::uint64_t i) { read(i % blocks * block); });
  measure("lookups, scattered", 2 * blocks, m,
          [&](std::uint64_t) { read(scattered[random() % blocks]); });
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("{} blocks mapped of a pool of {} TiB: {} MiB\n",
             m.counters("pool")->provisioned_blocks, tib, usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000,
        argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "bench_simulator: {}\n", e.what());
    return 1;
  }
}
