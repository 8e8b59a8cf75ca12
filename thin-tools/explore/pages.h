// The pages of thin_explore.
#pragma once

#include "thin-tools/explore/page.h"
#include "thin-tools/explore/pool_source.h"

namespace thin_tools::explore {

// Throws pool_source::stopped, and error where something cannot be read at all. The page reads
// from `pool` while its lines are asked for.
page page_of(pool_source& pool, const place& where);

page superblock_page(pool_source& pool, const superblock_place& where);
page devices_page(pool_source& pool, const devices_place& where);
page device_page(pool_source& pool, const device_place& where);
page node_page(pool_source& pool, const node_place& where);
page space_map_page(pool_source& pool, const space_map_place& where);
page bitmap_page(pool_source& pool, const bitmap_place& where);
page block_page(pool_source& pool, const block_place& where);
page data_page(pool_source& pool, const data_place& where);
page findings_page(pool_source& pool);
page help_page();

}  // namespace thin_tools::explore
