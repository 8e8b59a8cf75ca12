#include "thin-tools/repair/output/plan_stream.h"

#include "persistent-data/base/error.h"
#include "persistent-data/format/damage_catalogue.h"
#include "thin-tools/repair/output/plan_device.h"

namespace thin_tools {

namespace {

// The trees of a plan are whole: only reading can fail.
struct failure_sink : pdata::damage_sink {
  void found(const pdata::damage& finding) override {
    throw pdata::error("Couldn't read again what was found: " + pdata::describe(finding));
  }
};

}  // namespace

void stream_plan(repair_plan& plan, pdata::batch_reader& reader,
                 const pdata::stream_options& options, pdata::metadata_sink& to) {
  plan_device trees(plan, reader.device());
  pdata::batch_reader tree_reader(trees, reader.nr_workers());
  std::vector<pdata::streamed_device> devices;
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const auto& device = plan.devices[i];
    if (options.devices && !options.devices->contains(device.id)) continue;
    devices.push_back({device.id, device.details, trees.roots()[i]});
  }
  plan.forest.reset();  // it needs memory, and all that it knew is in the trees now
  failure_sink failure;
  to.begin_superblock(plan.superblock);
  // Damage is thrown, and with it whatever is not whole.
  if (!pdata::stream_devices(tree_reader, trees.nr_blocks(), devices, options, to, failure))
    throw pdata::error("the trees that were recovered cannot be read to their end");
  to.end_superblock();
}

}  // namespace thin_tools
