#include "tests/unit/support/built_pool.h"

#include "persistent-data/format/damage_catalogue.h"
#include "persistent-data/stream/pool_builder.h"
#include "persistent-data/stream/stream_spool.h"
#include "persistent-data/stream/stream_validator.h"

namespace test_support {

using namespace pdata;

namespace {

constexpr metadata_block device_blocks = 3000;

memory_device build(const generated_pool& from) {
  stream_spool spool;
  stream_validator validator(spool);
  from.play(validator);
  validator.expect_complete();
  memory_device device(device_blocks);
  pool_builder builder(device, {.find_identical_leaves = true});
  spool.replay(builder);
  return device;
}

}  // namespace

void no_damage::found(const damage& finding) { RC_FAIL(describe(finding)); }

built_pool::built_pool(const generated_pool& from)
    : expected(from),
      device(build(from)),
      layout(read_layout(device, "pool", {}, damage)),
      reader(device) {
  for (const auto& made : from.devices) mappings[made.id] = from.mappings_of(made);
}

}  // namespace test_support
