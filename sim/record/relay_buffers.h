// What a traced device's buffers held: files trace0, trace1, ... for the processors, and `dropped`,
// which counts the records that found no room. They are read as they come and put aside.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "persistent-data/io/file_handle.h"
#include "persistent-data/io/spool_file.h"

struct pollfd;

namespace sim::record {

class relay_buffers {
 public:
  // Throws pdata::error if there is none.
  explicit relay_buffers(std::string directory);

  // Reads what is there now; true if there was anything.
  bool drain();
  void add_to(std::vector<::pollfd>& waiting) const;

  std::uint64_t bytes() const;
  std::uint64_t dropped() const;  // so far
  std::vector<const pdata::spool_file*> spools() const;

 private:
  struct processor {
    std::string path;
    pdata::file_handle file;
    pdata::spool_file put_aside;
  };

  std::string directory_;
  std::vector<std::unique_ptr<processor>> processors_;
};

}  // namespace sim::record
