// Searches in a file, to go on with them later. A file is replaced as a whole.
#pragma once

#include <span>
#include <string>

#include "sim/explore/search.h"
#include "thin-tools/gate/gate.h"

namespace sim::explore {

// Lets the file in, which is read and made anew in turn.
thin_tools::pass admit_search(const std::string& path, thin_tools::use how);

// `settings`: a text that says what is searched; a file of another search is
// refused.
void save_searches(const std::string& path, const std::string& settings,
                   std::span<const search_state> states);

// False: there is no such file yet. Throws pdata::error for a file that is none of
// this search, and for one that cannot be read.
bool load_searches(const std::string& path, const std::string& settings,
                   std::span<search_state> states);

}  // namespace sim::explore
