// Answering a question for a device that a pool does not have.
#pragma once

#include <string>

#include "persistent-data/survey/small_trees.h"

namespace pdata {

// "the metadata has no device 7; it has 1, 2 and 3". The ids ascend; of very many the first
// and the last are named.
template <class Map>
std::string no_such_device(device_id wanted, const Map& devices) {
  constexpr std::size_t named_max = 20;
  std::string text = "the metadata has no device " + std::to_string(wanted);
  if (devices.empty()) return text + "; it has none";
  text += "; it has ";
  std::size_t number = 0;
  for (const auto& [device, value] : devices) {
    ++number;
    const bool last = number == devices.size();
    if (number > named_max && !last) continue;
    if (number > 1) text += last ? number > named_max + 1 ? " ... " : " and " : ", ";
    text += std::to_string(device);
  }
  if (devices.size() > named_max + 1)
    text += " (" + std::to_string(devices.size()) + " in all; thin_ls lists them)";
  return text;
}

}  // namespace pdata
