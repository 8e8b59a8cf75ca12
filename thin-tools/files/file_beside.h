// A new file beside the one whose name it takes when it is whole: NAME.XXXXXX. It
// goes away if that does not happen, also where a signal ends the process.
#pragma once

#include <sys/stat.h>

#include <string>

#include "persistent-data/io/file_handle.h"
#include "thin-tools/files/unfinished_file.h"

namespace thin_tools {

class file_beside {
 public:
  // Throws error. `mode`: permissions, as they are to be.
  file_beside(std::string final_name, unsigned mode);
  // In the place of one that is there: its permissions, and its owner where that is allowed.
  file_beside(std::string final_name, const struct stat& replaced);
  file_beside(const file_beside&) = delete;
  file_beside& operator=(const file_beside&) = delete;

  const pdata::file_handle& file() const { return file_; }
  // Durable and under its name on return. Throws error.
  void take_name();
  // Also where it could not be made durable.
  bool took_name() const { return took_name_; }

 private:
  std::string final_name_;
  unfinished_file unfinished_;
  pdata::file_handle file_;
  bool took_name_ = false;
};

}  // namespace thin_tools
