// The largest time that a mapping on disk has room for, and what is beyond.
#include "persistent-data/stream/stream_validator.h"

#include <gtest/gtest.h>

#include "persistent-data/base/error.h"
#include "persistent-data/format/mapping_value.h"
#include "tests/unit/support/stream_text.h"

namespace pdata {
namespace {

// A pool of one device with these mappings.
void stream(const mapping_run& mappings) {
  test_support::stream_text events;
  stream_validator validator(events);
  validator.begin_superblock(
      {.time = UINT32_MAX, .transaction_id = 1, .data_block_size = 128, .nr_data_blocks = 100});
  validator.begin_device(1, {.mapped_blocks = mappings.length});
  validator.run(mappings);
  validator.end_device();
  validator.end_superblock();
  validator.expect_complete();
}

TEST(stream_validator, takes_the_last_time_that_a_mapping_has_room_for) {
  EXPECT_NO_THROW(stream({0, 0, 1, mapping_time_max}));
  EXPECT_THROW(stream({0, 0, 1, mapping_time_max + 1}), error);
}

}  // namespace
}  // namespace pdata
