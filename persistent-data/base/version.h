// The project's version, "1.4.0": what VERSION holds.
#pragma once

namespace pdata {

const char* version();

}  // namespace pdata
