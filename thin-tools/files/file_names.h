// Names of files that tools make and take away.
#pragma once

#include <string>

namespace thin_tools {

// The name from the root on; of a file that is not there yet, too.
std::string absolute_name(const std::string& path);
bool exists(const std::string& path);
// Gives a file another name, durably. Throws error where there is a file of that name.
void rename_file(const std::string& from, const std::string& to);

inline constexpr const char* undone_by_loss_of_power = "is whole, but a loss of power may undo it";
// What was made, renamed or removed in the folder of this file is durable on return. Throws
// error, which says what that is of the file.
void sync_folder_of(const std::string& path, const char* otherwise);

}  // namespace thin_tools
