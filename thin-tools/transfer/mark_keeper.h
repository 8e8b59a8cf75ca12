// Keeps how far a stream was received, while more of it is: a thread has the target written to
// the device, and only then says in the state file that it is there. Once a second at most, as
// it costs time; the newest mark counts.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "thin-tools/transfer/receive_state.h"
#include "thin-tools/transfer/transfer_target.h"

namespace thin_tools {

class mark_keeper {
 public:
  mark_keeper(const transfer_target& target, std::string state_name);
  // Keeps the last mark, unless keeping has failed or ended; errors are lost.
  ~mark_keeper();
  mark_keeper(const mark_keeper&) = delete;
  mark_keeper& operator=(const mark_keeper&) = delete;

  // All before it was written to the target. Throws what keeping one before has thrown.
  void reached(const receive_state& at);
  // No mark is kept any more. Throws likewise.
  void finish();

 private:
  void work(const std::stop_token& stop);
  void keep(const receive_state& at) const;
  void stop();

  const transfer_target& target_;
  std::string state_name_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<receive_state> newest_;  // not kept yet
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace thin_tools
