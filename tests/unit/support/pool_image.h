// What the plain reader of tests/support finds in a metadata image, in the
// library's types, so that tests can hold one against the other.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "persistent-data/format/device_details.h"
#include "persistent-data/format/mapping_value.h"
#include "persistent-data/format/superblock.h"
#include "persistent-data/io/memory_device.h"
#include "tests/support/plain_pool.h"

namespace test_support {

using mapping_table = std::map<pdata::thin_block, pdata::mapping>;
using count_table = plain::count_table;  // counts above 0

struct pool_image {
  pdata::superblock superblock;  // without what no test asks for: uuid, feature flags
  std::map<pdata::device_id, mapping_table> devices;
  std::map<pdata::device_id, pdata::device_details> details;

  // Counts of references found by walking everything from the superblock and
  // the metadata snapshot.
  count_table metadata_references;
  count_table data_references;
  // Counts as the space maps store them.
  count_table metadata_counts;
  count_table data_counts;

  std::vector<std::string> faults;  // bad checksums, wrong nr_free, ... as text
};

pool_image read_pool_image(const pdata::memory_device& device);

mapping_table with_types(const plain::mapping_table& mappings);
pdata::device_details with_types(const plain::details& details);
pdata::superblock with_types(const plain::superblock& fields);

}  // namespace test_support
