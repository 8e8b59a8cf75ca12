#include "sim/thin/machine.h"

#include <algorithm>

#include "persistent-data/base/error.h"
#include "sim/thin/delay_target.h"
#include "sim/thin/flakey_target.h"
#include "sim/thin/pool.h"
#include "sim/thin/simple_targets.h"
#include "sim/thin/striped_target.h"
#include "sim/thin/thin_pool_target.h"
#include "sim/thin/thin_target.h"

namespace sim {

machine::machine(const pool_settings& settings) : device_mapper(kernel_rules(settings.kernel)) {
  pools.settings = settings;
  // A pool that is full lets its requests wait for that long before they fail.
  set_patience(std::max(patience(), settings.no_space_timeout + one_second));
  add_type(thin_pool_type(pools));
  add_type(thin_type(pools));
  add_type(zero_type());
  add_type(delay_type());
  add_type(flakey_type());
  add_type(striped_type());
  add_type(linear_type());
  add_type(error_type());
}

machine::~machine() {
  for (pool* p : pools.pools) p->fail_waiting();
  for (const auto& name : names()) find(name)->fail_waiting();
  try {
    remove_all();
  } catch (const pdata::error&) {
    // A device that would wait forever: it stays as it is.
  }
}

void machine::power_off() {
  pools.settings.committed = nullptr;
  for (pool* p : pools.pools) p->cut_off();
}

target_version machine::version_of(std::string_view target) const {
  const bool is_ours = target == "thin" || target == "thin-pool";
  if (is_ours && pools.settings.speaks == dialect::first_2011) return {1, 0, 0};
  return rules().version_of(target);
}

const pool_counters* machine::counters(const std::string& pool_name) const {
  const mapped_device* owner = find(pool_name);
  const pool* found = owner == nullptr ? nullptr : pools.find(*owner);
  return found == nullptr ? nullptr : &found->counters();
}

pdata::result<std::vector<pdata::mapped_range>> machine::mapped_ranges(
    const std::string& pool_name, pdata::device_id device, pdata::thin_block nr_blocks) const {
  const mapped_device* owner = find(pool_name);
  pool* found = owner == nullptr ? nullptr : pools.find(*owner);
  if (found == nullptr) return pdata::status(ENODEV);
  auto& metadata = found->metadata();
  const auto opened = metadata.open_device(device);
  if (!opened.ok()) return opened.failure();
  std::vector<pdata::mapped_range> ranges;
  const auto ended = metadata.visit_mappings(
      *opened, 0, nr_blocks, [&](pdata::thin_block block, const pdata::block_lookup& to) {
        if (!ranges.empty()) {
          auto& last = ranges.back();
          if (last.end == block && last.first + (last.end - last.begin) == to.block &&
              last.shared == to.shared) {
            ++last.end;
            return;
          }
        }
        ranges.push_back({block, block + 1, to.block, to.shared});
      });
  metadata.close_device(*opened);
  if (!ended.ok()) return ended;
  return ranges;
}

void machine::on_commit(std::function<void(const commit_notice&)> call) {
  pools.settings.committed = std::move(call);
}

}  // namespace sim
