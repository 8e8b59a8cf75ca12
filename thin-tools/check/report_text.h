// A check report as lines of text. The last line says what to do.
#pragma once

#include <string>

#include "thin-tools/check/check.h"

namespace thin_tools {

// What the user should do next, in one line. `name` is the device.
std::string advice(const check_report& report, const std::string& name);

// Everything that was found, ends with advice().
std::string report_text(const check_report& report, const std::string& name);

// "TRANSACTION_ID=5\nMETADATA_FREE_BLOCKS=53\n"
std::string summary_text(const check_report& report);

}  // namespace thin_tools
