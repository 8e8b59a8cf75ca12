// The file behind `-o FILE`: it appears, or replaces the one of that name, only
// when all of it was written and is durable. Until then the text is in a file
// beside it, which goes away if the tool fails.
//
// A FILE that is no regular file (a pipe, /dev/stdout) is written directly.
// Errors are thrown and name the file.
#pragma once

#include <string>

#include "persistent-data/io/file_handle.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

class output_file : public text_sink {
 public:
  explicit output_file(const std::string& path);

  void write(std::string_view text) override;

  // All has been written: flushes it and gives it its name.
  void commit();

 private:
  // The file beside; goes away with this, also if the constructor fails.
  struct temporary {
    ~temporary();
    std::string name;  // empty: written directly, or committed
  };

  void open_beside(unsigned mode);

  std::string path_;  // links resolved
  temporary temporary_;
  pdata::file_handle file_;
};

// All of a file at once.
void write_output_file(const std::string& path, std::string_view text);

}  // namespace thin_tools
