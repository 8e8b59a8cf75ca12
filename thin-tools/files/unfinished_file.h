// The name of a file that goes away unless it is kept, also where a signal ends the process.
#pragma once

#include <cstddef>
#include <string>

namespace thin_tools {

class unfinished_file {
 public:
  // None yet. Throws error if there are too many at a time.
  unfinished_file();
  ~unfinished_file();
  unfinished_file(const unfinished_file&) = delete;
  unfinished_file& operator=(const unfinished_file&) = delete;

  // The file goes away from now on. False: the name is too long.
  [[nodiscard]] bool set(const std::string& name);
  // It stays.
  void keep();
  // Requires a name that was set.
  const char* name() const;

 private:
  std::size_t slot_;  // where signals find it
};

}  // namespace thin_tools
