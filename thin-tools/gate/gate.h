// The one gate through which a tool opens devices and files.
//
// A tool says first what each of them is to it and what will be done to it; no two
// whose bytes meet are let in if either changes them, or if a pool cannot have both there
// (metadata, data device, external origin), by whatever names they go. Only then can they be
// opened: who opens something takes the gate's pass for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "persistent-data/base/status.h"
#include "persistent-data/io/file_handle.h"

namespace thin_tools {

// What a tool does to the bytes behind a name.
enum class use : std::uint8_t {
  read,
  write,    // in place
  discard,  // in place
  replace,  // a file is made anew under the name; what is no file is written in place
};

struct request {
  std::string role;  // as messages name it: "metadata", "data device", "journal"
  std::string path;  // "-" to read: standard input
  use how = use::read;
};

class pass {
 public:
  const std::string& path() const;
  const std::string& role() const;
  use how() const;
  bool changes() const { return how() != use::read; }
  bool is_block_device() const;  // when it was let in

  enum class claim : std::uint8_t {
    exclusive,  // O_EXCL on a block device; who writes always claims it
    shared,     // for what is in use and only read
  };
  // Opens what the pass is for. `flags`: besides those that follow from use and claim
  // (O_CREAT, O_DIRECT where the target allows it). Failures of open(2) are a status.
  // Throws error where it can be opened and yet not used: a read-only device or a file
  // behind a loop device that was to be changed, another file than was let in.
  pdata::result<pdata::file_handle> open(claim how_claimed, int flags = 0) const;

  // Opens what is to be changed for a look at it before.
  pdata::result<pdata::file_handle> look() const;

  // To be held by whoever has it open: as long as anybody does, others are compared with it.
  std::shared_ptr<const void> holds() const { return entry_; }

  struct entry;

 private:
  explicit pass(std::shared_ptr<const entry> admitted) : entry_(std::move(admitted)) {}
  friend pass admit(const request& wanted);

  std::shared_ptr<const entry> entry_;
};

// Opens nothing. Throws error, naming both, if the bytes meet with those of something
// that was let in and still is, or with standard output or error, and either is changed; also
// where both are read, and are different parts of a pool.
// Who asks for the same path in the same role again gets the same pass.
[[nodiscard]] pass admit(const request& wanted);

[[nodiscard]] inline pass admit_reading(std::string role, std::string path) {
  return admit({std::move(role), std::move(path), use::read});
}

}  // namespace thin_tools
