// How far a stream was received, kept beside the target until that is whole: a text file
// that is replaced as a whole, durably.
//
//   thin_receive 1
//   target PATH
//   stream HEX            the check of the stream's first frame
//   phase applying        or whole
//   next SEQUENCE PIECE CHECK CONTENTS
#pragma once

#include <optional>
#include <string>

#include "thin-tools/gate/gate.h"
#include "thin-tools/transfer/stream_format.h"

namespace thin_tools {

struct receive_state {
  std::string target;  // absolute
  digest_value stream;
  bool whole = false;  // all is there; only its name, and the end of this file, are missing
  resume_token next;
};

// Lets the file in, which is read and made anew in turn.
pass admit_receive_state(const std::string& path, use how);

// None: there is no such file. Throws error where it is something else.
std::optional<receive_state> read_receive_state(const std::string& path);
// Durable on return. Throws error.
void write_receive_state(const std::string& path, const receive_state& state);
void remove_receive_state(const std::string& path);

}  // namespace thin_tools
