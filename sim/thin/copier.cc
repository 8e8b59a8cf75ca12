#include "sim/thin/copier.h"

#include <memory>
#include <utility>
#include <vector>

namespace sim {

namespace {

struct run {
  sector offset;
  sector count;
  content what;
};

// Keeps itself until its last write has ended.
struct copy_job : bio {
  copy_job(device& target, sector at, std::function<void(bool)> call)
      : to(target), to_first(at), done(std::move(call)) {
    end_io = [](bio& ended) { static_cast<copy_job&>(ended).read_done(); };
  }

  void read_done() {
    if (status != 0) return finish();
    std::vector<run> pieces;
    pieces.swap(runs);
    remaining_writes = pieces.size() + 1;
    for (auto& piece : pieces) write(piece);
    write_done(0);
  }

  void write(run& piece) {
    auto request = std::make_unique<bio>();
    request->op = io_op::write;
    request->first = to_first + piece.offset;
    request->count = piece.count;
    request->payload = std::move(piece.what);
    request->context = this;
    request->end_io = [](bio& ended) {
      const std::unique_ptr<bio> write(&ended);
      static_cast<copy_job*>(write->context)->write_done(write->status);
    };
    submit(to, *request.release());  // until its end_io
  }

  void write_done(int failure) {
    if (failure != 0) status = failure;
    if (--remaining_writes == 0) finish();
  }

  void finish() {
    const auto last = std::move(self);
    done(status == 0);
  }

  device& to;
  sector to_first;
  std::function<void(bool)> done;
  content_sink collect;
  std::vector<run> runs;
  std::size_t remaining_writes = 0;
  std::unique_ptr<copy_job> self;
};

// Keeps itself until the write has ended.
struct zero_job : bio {
  explicit zero_job(std::function<void(bool)> call) : done(std::move(call)) {
    end_io = [](bio& ended) {
      const std::unique_ptr<zero_job> mine(static_cast<zero_job*>(&ended));
      mine->done(mine->status == 0);
    };
  }

  std::function<void(bool)> done;
};

copy_job& make_job(const device_range& to, std::function<void(bool)> done) {
  auto job = std::make_unique<copy_job>(to.on, to.first, std::move(done));
  auto& made = *job;
  made.self = std::move(job);
  return made;
}

}  // namespace

void copy_sectors(const device_range& from, const device_range& to, sector count,
                  std::function<void(bool)> done) {
  auto& job = make_job(to, std::move(done));
  job.collect = [&job](sector offset, sector n, const content& what) {
    job.runs.push_back({offset, n, what});
  };
  job.op = io_op::read;
  job.first = from.first;
  job.count = count;
  job.sink = &job.collect;
  submit(from.on, job);
}

void zero_sectors(const device_range& to, sector count, std::function<void(bool)> done) {
  auto job = std::make_unique<zero_job>(std::move(done));
  job->op = io_op::write;
  job->first = to.first;
  job->count = count;
  submit(to.on, *job.release());  // until its end_io
}

}  // namespace sim
