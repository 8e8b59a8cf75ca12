// The terminal that a browser is shown on, by ncurses.
#pragma once

#include <functional>
#include <string>

#include "thin-tools/explore/browser.h"

namespace thin_tools::terminal {

// None: standard input and output are a terminal that can be drawn on. Else why not, in a line.
std::string why_not_drawable();

// Shows the browser until it is done. Colours are left out where NO_COLOR is set. While something
// long is read it says so, and Escape stops it. Throws error where the terminal cannot be set up.
// The terminal is left as it was, whatever is thrown.
void show(explore::pool_source& pool, const std::function<void(explore::browser&)>& begin);

}  // namespace thin_tools::terminal
