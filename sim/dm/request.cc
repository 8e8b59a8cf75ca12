#include "sim/dm/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "persistent-data/base/error.h"

namespace sim {

using pdata::status;

namespace {

constexpr sector longest_bio = 2048;

bool is_whole_blocks(const device& on, const block_request& request) {
  const sector block = on.limits().logical_block;
  return request.first % block == 0 && request.count % block == 0;
}

// Its pieces keep it alive until the last of them is done.
class request_in_flight : public std::enable_shared_from_this<request_in_flight> {
 public:
  request_in_flight(device& on, const block_request& request, std::function<void(status)> done)
      : on_(on),
        request_(request),
        done_(std::move(done)),
        takes_discards_(on.limits().max_discard_sectors != 0) {}

  void begin() {
    const sector end = request_.first + request_.count;
    sector at = request_.first;
    do {
      const sector count = std::min<sector>(end - at, longest_at(at));
      ++pending_;
      submit_piece(at, count);
      at += count;
      // Linux 6.1 blk-lib.c reschedules between the bios of a discard: a pool's worker
      // is done with one before the next one comes.
      if (request_.op == io_op::discard && at < end) on_.give_way();
    } while (at < end);
    piece_done(0);
  }

 private:
  struct piece : bio {
    std::shared_ptr<request_in_flight> whole;
  };

  sector longest_at(sector at) const {
    if (request_.op != io_op::discard) return longest_bio;
    return on_.limits().first_bio_of_discard(at);
  }

  void submit_piece(sector at, sector count) {
    auto p = std::make_unique<piece>();
    p->whole = shared_from_this();
    p->op = request_.op;
    p->fua = request_.fua;
    p->preflush = request_.preflush && at == request_.first;
    p->first = at;
    p->count = count;
    if (request_.op == io_op::write && count != 0)
      p->payload = request_.payload.at(at - request_.first);
    p->sink = request_.sink;
    p->sink_offset = at - request_.first;
    p->end_io = [](bio& ended) {
      const std::unique_ptr<piece> mine(static_cast<piece*>(&ended));
      mine->whole->piece_done(mine->status);
    };
    submit(on_, *p.release());  // until its end_io
  }

  void piece_done(int failure) {
    // What is below a device that takes discards need not; the block layer does not mind.
    const bool ignored = request_.op == io_op::discard && failure == EOPNOTSUPP && takes_discards_;
    if (failure != 0 && failure_ == 0 && !ignored) failure_ = failure;
    if (--pending_ != 0) return;
    done_(status(failure_));
  }

  device& on_;
  block_request request_;
  std::function<void(status)> done_;
  bool takes_discards_;
  unsigned pending_ = 1;  // begin() itself
  int failure_ = 0;
};

}  // namespace

bool is_one_bio(const block_request& request) {
  return request.op != io_op::discard && request.count <= longest_bio;
}

void start_one(device& on, const block_request& request, bio& with) {
  with.op = request.op;
  with.preflush = request.preflush;
  with.fua = request.fua;
  with.first = request.first;
  with.count = request.count;
  with.payload = request.op == io_op::write && request.count != 0 ? request.payload : content();
  with.sink = request.sink;
  with.sink_offset = 0;
  with.status = 0;
  with.remaining = 1;
  if (is_whole_blocks(on, request))
    submit(on, with);
  else
    end_bio(with, EINVAL);
}

void start(device& on, const block_request& request, std::function<void(status)> done) {
  if (!is_whole_blocks(on, request)) return done(status(EINVAL));
  std::make_shared<request_in_flight>(on, request, std::move(done))->begin();
}

status perform(device_mapper& machine, device& on, const block_request& request) {
  struct outcome {
    bool done = false;
    status result;
  };
  // Shared: a request that never ends is abandoned with the machine.
  const auto shared = std::make_shared<outcome>();
  start(on, request, [shared](status result) { *shared = {true, result}; });
  if (!machine.loop().run_until([&] { return shared->done; }, machine.patience()))
    throw pdata::error(fmt::format("a request to '{}' would wait forever", on.path()));
  return shared->result;
}

status submit_and_wait(device_mapper& machine, device& on, bio& request) {
  bool done = false;
  request.context = &done;
  request.end_io = [](bio& ended) { *static_cast<bool*>(ended.context) = true; };
  submit(on, request);
  if (!machine.loop().run_until([&] { return done; }, machine.patience()))
    throw pdata::error(fmt::format("a request to '{}' would wait forever", on.path()));
  return status(request.status);
}

}  // namespace sim
