#include "sim/trace/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "persistent-data/base/error.h"
#include "sim/trace/trace_file.h"

namespace sim::trace {

namespace {

class merging_reader final : public trace_reader {
 public:
  void add(std::string name, std::unique_ptr<byte_source> source, const trace_options& options) {
    const auto number = static_cast<std::uint32_t>(files_.size());
    files_.push_back(std::make_unique<trace_file>(std::move(name), std::move(source), options,
                                                  devices_, number));
    const trace_format format = files_.back()->format();
    if (format != files_.front()->format())
      throw pdata::error(
          fmt::format("Traces of different formats have no common clock: '{}' is {}, '{}' is {}",
                      files_.front()->name(), name_of(files_.front()->format()),
                      files_.back()->name(), name_of(format)));
  }

  bool next(io_request& request) override {
    if (!started_) start();
    if (queue_.empty()) return false;
    trace_file& file = *files_[queue_.front()];
    request = file.front();
    if (queue_.size() == 1)
      refresh_only(file);
    else
      refresh_first(file);
    set_time(request);
    ++statistics_.requests;
    return true;
  }

  const trace_statistics& statistics() const override { return statistics_; }
  const device_table& devices() const override { return devices_; }
  std::string position_of(const io_request& request) const override {
    return files_.at(request.file)->position_of(request.record);
  }
  trace_format format_of(std::uint32_t file) const override { return files_.at(file)->format(); }

  std::uint64_t consumed_bytes() const override {
    std::uint64_t sum = 0;
    for (const auto& file : files_) sum += file->source().consumed();
    return sum;
  }
  std::optional<std::uint64_t> total_bytes() const override {
    std::uint64_t sum = 0;
    for (const auto& file : files_) {
      const auto size = file->source().size();
      if (!size) return std::nullopt;
      sum += *size;
    }
    return sum;
  }

 private:
  // Of equal times the file named first comes first, whatever was read when.
  bool later(std::size_t a, std::size_t b) const {
    const std::uint64_t time_a = files_[a]->front().time_ns;
    const std::uint64_t time_b = files_[b]->front().time_ns;
    return time_a != time_b ? time_a > time_b : a > b;
  }
  auto order() const {
    return [this](std::size_t a, std::size_t b) { return later(a, b); };
  }

  // The clock starts with the earliest first record of all files.
  void start() {
    started_ = true;
    std::optional<std::uint64_t> earliest;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i]->advance(statistics_)) queue_.push_back(i);
      const auto first = files_[i]->first_time_ns();
      if (first && (!earliest || *first < *earliest)) earliest = first;
    }
    start_ns_ = earliest.value_or(0);
    std::ranges::make_heap(queue_, order());
  }

  void refresh_only(trace_file& file) {
    if (!file.advance(statistics_)) queue_.clear();
  }

  void refresh_first(trace_file& file) {
    std::ranges::pop_heap(queue_, order());
    if (file.advance(statistics_))
      std::ranges::push_heap(queue_, order());
    else
      queue_.pop_back();
  }

  void set_time(io_request& request) {
    const std::uint64_t time_ns = request.time_ns > start_ns_ ? request.time_ns - start_ns_ : 0;
    if (time_ns < now_ns_ || request.time_ns < start_ns_) ++statistics_.late;
    now_ns_ = std::max(now_ns_, time_ns);
    request.time_ns = now_ns_;
  }

  device_table devices_;
  trace_statistics statistics_;
  std::vector<std::unique_ptr<trace_file>> files_;
  std::vector<std::size_t> queue_;  // a heap of files with a request at front(), earliest first
  bool started_ = false;
  std::uint64_t start_ns_ = 0;
  std::uint64_t now_ns_ = 0;
};

}  // namespace

std::unique_ptr<trace_reader> open_traces(std::span<const std::string> paths,
                                          const trace_options& options) {
  if (paths.empty()) throw pdata::error("No trace to read.");
  if (std::ranges::count(paths, "-") > 1)
    throw pdata::error("Standard input can be read only once.");
  auto reader = std::make_unique<merging_reader>();
  for (const std::string& path : paths) reader->add(path, open_source(path), options);
  return reader;
}

std::unique_ptr<trace_reader> open_trace_bytes(std::span<const std::byte> bytes,
                                               const trace_options& options) {
  auto reader = std::make_unique<merging_reader>();
  reader->add("memory", memory_source(bytes), options);
  return reader;
}

}  // namespace sim::trace
