// Speed of the transaction engine on a device in memory: lookups of mapped
// blocks, provisions with commits between, breaking of sharing, removal.
#include <benchmark/benchmark.h>

#include <random>
#include <stdexcept>

#include "persistent-data/engine/pool.h"
#include "persistent-data/io/memory_device.h"

namespace {

using namespace pdata;

constexpr metadata_block nr_metadata_blocks = 120000;
constexpr std::uint64_t nr_mapped = 1000000;
constexpr std::uint64_t operations_per_commit = 100000;

void require(status outcome) {
  if (!outcome.ok()) throw std::runtime_error("errno " + std::to_string(outcome.errno_value()));
}

// A pool with one open device.
struct bench_pool {
  explicit bench_pool(std::uint64_t nr_data_blocks) : device(nr_metadata_blocks) {
    auto opened = pool_metadata::open(device, {.data_block_size = 128});
    require(opened.outcome());
    pool = std::move(*opened);
    require(pool->resize_data(nr_data_blocks));
    require(pool->create_thin(0));
    require(pool->commit());
    thin = *pool->open_device(0);
  }

  void provision(thin_block block) {
    require(pool->insert_block(thin, block, *pool->alloc_data_block()));
    if (++nr_provisioned % operations_per_commit == 0) require(pool->commit());
  }

  void fill() {
    for (thin_block block = 0; block < nr_mapped; ++block) provision(block);
    require(pool->commit());
  }

  memory_device device;
  std::unique_ptr<pool_metadata> pool;
  thin_device* thin = nullptr;
  std::uint64_t nr_provisioned = 0;
};

// The order in which blocks are provisioned: ascending or scattered.
thin_block nth_block(std::uint64_t n, bool scattered) {
  return scattered ? n * 618033989 % 1000000007 : n;
}

void mapped_lookups(benchmark::State& state) {
  bench_pool p(2 * nr_mapped);
  p.fill();
  std::minstd_rand random(1);
  for (auto _ : state) benchmark::DoNotOptimize(p.pool->find_block(p.thin, random() % nr_mapped));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mapped_lookups);

void provisions(benchmark::State& state) {
  const bool scattered = state.range(0) != 0;
  bench_pool p(20 * nr_mapped);
  std::uint64_t n = 0;
  for (auto _ : state) p.provision(nth_block(n++, scattered));
  require(p.pool->commit());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(provisions)->ArgName("scattered")->Arg(0)->Arg(1)->Iterations(nr_mapped);

void broken_sharing(benchmark::State& state) {
  bench_pool p(3 * nr_mapped);
  p.fill();
  require(p.pool->create_snap(1, 0));
  require(p.pool->commit());
  std::uint64_t n = 0;
  for (auto _ : state) p.provision(n++ * 7919 % nr_mapped);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(broken_sharing)->Iterations(300000);

void removed_blocks(benchmark::State& state) {
  bench_pool p(2 * nr_mapped);
  p.fill();
  for (auto _ : state) require(p.pool->remove_range(p.thin, 0, nr_mapped));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(nr_mapped));
}
BENCHMARK(removed_blocks)->Iterations(1)->Unit(benchmark::kMillisecond);

// 100 TiB of data: what it costs to make and to commit.
void pool_of_100_tib(benchmark::State& state) {
  for (auto _ : state) {
    bench_pool p((std::uint64_t{100} << 40) / (128 * sector_bytes));
    p.provision(0);
    require(p.pool->commit());
  }
}
BENCHMARK(pool_of_100_tib)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
