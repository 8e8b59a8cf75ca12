// The file behind `-o FILE`: it appears, or replaces the one of that name, only
// when all of it was written and is durable. Until then its bytes are in a file
// beside it, which goes away if the tool fails or is interrupted.
//
// A FILE that is no regular file is written directly: a pipe, a block device, which must
// not be in use. So is /dev/stdout, or another name of an open descriptor, whatever it
// leads to: what stands there stays. Errors are thrown and name the file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "persistent-data/io/early_writeback.h"
#include "thin-tools/files/file_beside.h"
#include "thin-tools/gate/gate.h"
#include "thin-tools/text/text_sink.h"

namespace thin_tools {

// The request for one.
inline request output_request(std::string path) {
  return {"output", std::move(path), use::replace};
}

class output_file : public text_sink {
 public:
  explicit output_file(pass admitted);

  void write(std::string_view text) override;

  // For bytes that are written by offset. The file is empty until then.
  const pdata::file_handle& file() const { return beside_ ? beside_->file() : direct_; }
  bool is_new_file() const { return beside_.has_value(); }

  // All has been written: makes it durable and gives it its name.
  void commit();

 private:
  pass admitted_;
  std::string path_;                   // links resolved
  std::optional<file_beside> beside_;  // else written directly
  pdata::file_handle direct_;
  std::uint64_t written_ = 0;  // bytes
  pdata::early_writeback writeback_;
};

// All of a file at once. `role`: what messages call it.
void write_output_file(const std::string& role, const std::string& path, std::string_view text);

}  // namespace thin_tools
