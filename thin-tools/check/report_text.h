// A check report as lines of text: a screen at most, unless all findings are asked for.
// The last line says what to do.
#pragma once

#include <cstdint>
#include <string>

#include "thin-tools/check/check.h"

namespace thin_tools {

// What the user should do next, in one line. `name` is the device.
std::string advice(const check_report& report, const std::string& name);

enum class report_length : std::uint8_t { screen, everything };

// What was found, ends with advice(). On a screen findings of a kind are one line with
// their number after the first ones.
std::string report_text(const check_report& report, const std::string& name,
                        report_length length = report_length::screen);

// "TRANSACTION_ID=5\nMETADATA_FREE_BLOCKS=53\n"
std::string summary_text(const check_report& report);

}  // namespace thin_tools
