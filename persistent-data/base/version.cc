#include "persistent-data/base/version.h"

namespace pdata {

const char* version() { return THIN_TOOLS_VERSION; }

}  // namespace pdata
