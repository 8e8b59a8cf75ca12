#include "sim/disk/device.h"

#include <fmt/format.h>

namespace sim {

std::string to_string(device_number number) {
  return fmt::format("{}:{}", number.major, number.minor);
}

}  // namespace sim
