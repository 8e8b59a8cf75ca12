// Random pools in binary form, for properties of the tools that read them.
#pragma once

#include <map>

#include "persistent-data/io/batch_reader.h"
#include "persistent-data/io/memory_device.h"
#include "persistent-data/survey/pool_layout.h"
#include "tests/unit/support/random_streams.h"

namespace test_support {

// A damage_sink for metadata that is whole.
struct no_damage : pdata::damage_sink {
  void found(const pdata::damage& finding) override;
};

struct built_pool {
  explicit built_pool(const generated_pool& from);

  generated_pool expected;
  std::map<pdata::device_id, std::map<pdata::thin_block, pdata::mapping>> mappings;
  pdata::memory_device device;
  no_damage damage;
  pdata::pool_layout layout;
  pdata::batch_reader reader;
};

}  // namespace test_support
