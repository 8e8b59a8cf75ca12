// A stream applied to a file or block device.
//
// All of a volume goes to a new file, under the target's name with ".partial" until it is whole,
// or over a block device. A difference goes to a target that holds the base, which is proven by
// its contents before anything is changed. How far it came is kept in a state file: a run that
// was ended anywhere is taken up by the next one with the same stream, from its beginning or
// from where the state's token let thin_send begin. Whole is only what has been compared with
// what was sent, unless that is not wanted.
#pragma once

#include <atomic>

#include "thin-tools/text/text_source.h"
#include "thin-tools/transfer/receive_state.h"
#include "thin-tools/transfer/transfer_target.h"

namespace thin_tools {

// How the contents of the target are compared with those that were sent.
enum class end_check : std::uint8_t {
  none,
  cached,  // as reading gives them: what the page cache holds still is read there
  device,  // at the end, past what is cached
};

struct receive_request {
  std::string target;
  std::string state;  // the file's name
  end_check check = end_check::cached;
};

struct receive_progress {
  enum class step : std::uint8_t { base, stream, verify };
  std::atomic<step> now{step::stream};
  std::atomic<std::uint64_t> bytes_done{0};  // of the volume, in this step
  std::atomic<std::uint64_t> volume_bytes{0};
};

struct receive_summary {
  stream_head head;
  std::uint64_t data_bytes = 0;       // written in this run
  std::uint64_t zero_bytes = 0;       // cleared in this run
  std::uint64_t resumed_at = 0;       // byte of the volume; 0: from its beginning
  end_check check = end_check::none;  // that was made in this run
  bool was_whole = false;             // before this run, which only gave it its name
  digest_value contents;              // of the volume, as the sender says
};

// Reads a stream to its end and applies nothing. Throws error where it is not whole: none of its
// bytes can be another without that.
stream_head check_stream(text_source& from, receive_progress& progress);

// ".thin-receive" beside a file. Throws usage_error for a block device: the folder of
// devices does not outlive a boot.
std::string default_state_name(const std::string& target);

// Throws error; the state file is there then if anything of the target was changed.
receive_summary receive_stream(const receive_request& what, text_source& from,
                               receive_progress& progress);

}  // namespace thin_tools
