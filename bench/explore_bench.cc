// How many crash states thin_sim explore examines a second of processor time on
// one core: for small pools over their whole alphabet, and for a pool of 1 GiB
// with 64 MiB of metadata that is mapped sparsely, at each moment of random
// writes, discards, snapshots and commits.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sys/resource.h>

#include <random>

#include "persistent-data/base/error.h"
#include "sim/explore/crash_examiner.h"
#include "sim/explore/search.h"
#include "sim/thin/machine.h"

namespace {

using namespace sim;
using namespace sim::explore;

double peak_mebibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void report(benchmark::State& run, const crash_counts& counts) {
  const auto rate = [](std::uint64_t n) {
    return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsRate);
  };
  run.counters["states"] = rate(counts.states);
  run.counters["anew"] = rate(counts.new_states);
  run.counters["pieces"] = rate(counts.data_pieces);
  run.counters["MiB"] = peak_mebibytes();
}

void histories(benchmark::State& run, const char* shape, unsigned depth) {
  crash_counts all;
  for (auto _ : run) {
    search_settings settings;
    settings.pool.shape = *shape_named(shape);
    settings.alphabet = alphabet_of(settings.pool.shape);
    settings.depth = depth;
    search by(settings);
    search_state state;
    by.run(state, [](const search_state&) { return true; });
    all.add(state.counts.crashes);
  }
  report(run, all);
}
BENCHMARK_CAPTURE(histories, tiny, "tiny", 3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(histories, tight, "tight", 3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(histories, wide, "wide", 2)->Unit(benchmark::kMillisecond);

constexpr sector block = 128;
constexpr sector pool_sectors = 2097152;           // 1 GiB
constexpr metadata_block metadata_blocks = 16384;  // 64 MiB

void require(pdata::status r) {
  if (!r.ok()) throw pdata::error(pdata::errno_text(r.errno_value()));
}

// Every crash of a busy second, on a pool of which every fourth block is mapped.
void sparse_pool(benchmark::State& run) {
  crash_counts all;
  std::mt19937_64 random(1);
  for (auto _ : run) {
    run.PauseTiming();
    pool_watch watch(
        {.torn_sectors = 1, .data_sectors = pool_sectors, .device_sectors = pool_sectors},
        content::stamped(stale_seed, 0));
    pool_settings how;
    how.watch = &watch.requests();
    machine on(how);
    auto& metadata = on.add_disk(
        "/dev/meta", std::make_unique<memory_backing>(metadata_blocks * pdata::block_sectors));
    auto& data = on.add_disk("/dev/data", std::make_unique<memory_backing>(pool_sectors));
    metadata.watch(&watch.metadata_disk());
    data.watch(&watch.data_disk());
    const table_line pool{0, pool_sectors, "thin-pool", "/dev/meta /dev/data 128 0"};
    require(on.create("pool", std::span(&pool, 1)));
    require(on.message("pool", 0, "create_thin 0"));
    const table_line thin{0, pool_sectors, "thin", "/dev/mapper/pool 0"};
    require(on.create("thin", std::span(&thin, 1)));
    device& target = *on.find("thin");
    for (sector at = 0; at < pool_sectors; at += 4 * block)
      require(perform(on, target, block_request::write(at, block, content::stamped(1, at))));
    on.loop().advance(one_second);
    survivor_cache cache;
    crash_examiner examiner(watch, cache, {});
    const pool_geometry geometry{.metadata_blocks = metadata_blocks,
                                 .data_blocks = pool_sectors / block,
                                 .block_sectors = block,
                                 .device_sectors = pool_sectors};
    run.ResumeTiming();
    watch.on_event([&](const moment&) {
      examiner.examine(geometry, [](const violation&, const std::string&) {});
    });
    for (unsigned i = 0; i < 64; ++i) {
      const sector at = random() % (pool_sectors / block) * block;
      require(perform(on, target, block_request::write(at, 8, content::stamped(2, at))));
      if (i % 16 == 15) on.loop().advance(one_second);
    }
    run.PauseTiming();
    watch.on_event(nullptr);
    all.add(examiner.counts());
    on.power_off();
    run.ResumeTiming();
  }
  report(run, all);
}
BENCHMARK(sparse_pool)->Unit(benchmark::kMillisecond);

}  // namespace

// Memory is kept, as the command does.
int main(int argc, char** argv) {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
