// Names of files that a transfer makes and takes away.
#pragma once

#include <string>

namespace thin_tools {

// The name from the root on; of a file that is not there yet, too.
std::string absolute_name(const std::string& path);
bool exists(const std::string& path);
// Gives a file another name, durably. Throws error where there is a file of that name.
void rename_file(const std::string& from, const std::string& to);
// What was made, renamed or removed in the folder of this file is durable on return.
void sync_folder_of(const std::string& path);

}  // namespace thin_tools
