// Numbers of a kind in JSON: as the integers that they are. nlohmann's library finds it
// by their namespace.
#pragma once

#include "persistent-data/base/numbered.h"

namespace pdata {

template <class Json, class Kind>
void to_json(Json& json, numbered<Kind> n) {
  json = n.value();
}

}  // namespace pdata
