// When a write is durable: with the next flush of the disk's cache, or when it is done (FUA).
#pragma once

namespace sim {

enum class write_kind : unsigned char { cached, fua };

}  // namespace sim
