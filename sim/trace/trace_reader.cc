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
    events_named_ = options.events.has_value();
    events_ = options.events.value_or(event_kind::queue);
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
    flushes_ += request.preflush || request.op == io_op::flush ? 1 : 0;
    fuas_ += request.fua ? 1 : 0;
    return true;
  }

  const trace_statistics& statistics() const override { return statistics_; }
  const device_table& devices() const override { return devices_; }
  std::string position_of(const io_request& request) const override {
    return files_.at(request.file)->position_of(request.record);
  }
  trace_format format_of(std::uint32_t file) const override { return files_.at(file)->format(); }
  trace_description describe() const override {
    trace_description all;
    if (files_.empty()) return all;
    const trace_file& first = *files_.front();
    all.format = name_of(first.format());
    all.format_words = words_of(first.format());
    all.columns = first.parser().columns();
    all.used = statistics_.requests;
    all.skipped = statistics_.skipped;
    all.damaged = statistics_.damaged;
    all.read = all.used + all.skipped + all.damaged;
    for (const auto& file : files_) {
      for (const lost_records& lost : file->parser().lost()) add_lost(all, lost);
      for (const std::string& note : file->parser().notes()) add_note(all, note);
    }
    add_own_notes(all);
    return all;
  }

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

  static void add_note(trace_description& all, const std::string& note) {
    if (std::ranges::find(all.notes, note) == all.notes.end()) all.notes.push_back(note);
  }
  static void add_lost(trace_description& all, const lost_records& lost) {
    all.lost += lost.records;
    for (lost_records& known : all.lost_by_processor) {
      if (known.device != lost.device || known.processor != lost.processor) continue;
      known.records += lost.records;
      return;
    }
    all.lost_by_processor.push_back(lost);
  }

  static bool has_events(trace_format format) {
    return format == trace_format::blktrace || format == trace_format::blkparse ||
           format == trace_format::events;
  }

  void add_own_notes(trace_description& all) const {
    const bool of_events = has_events(files_.front()->format());
    if (of_events && events_ != event_kind::queue)
      add_note(all, fmt::format("Requests are the {} events{}: what was merged or split before "
                                "is seen as the driver saw it.",
                                name_of(events_),
                                events_named_ ? "" : ", since there are no queue events"));
    if (of_events && events_ == event_kind::complete)
      add_note(all, "Times are those of completions.");
    if (files_.front()->parser().may_lack_fua() && flushes_ != 0 && fuas_ == 0)
      add_note(all,
               "There are flushes and no FUA writes. A kernel of the 7 series leaves FUA writes "
               "out of what version 1 of its interface records (thin-traces(7)): if it was traced "
               "so, they are missing here.");
    if (late_clocks_)
      add_note(all,
               "Each file's clock begins at 0: the files were printed one by one, and are merged "
               "as if their recordings had begun together.");
    if (statistics_.late != 0)
      add_note(all, fmt::format("{} requests have a time before their predecessor's: they happen "
                                "at its time.",
                                statistics_.late));
  }

  // blkparse prints times since the first event of what it was given.
  bool all_begin_at_zero() const {
    return files_.size() > 1 && files_.front()->format() == trace_format::blkparse &&
           std::ranges::all_of(
               files_, [](const auto& file) { return file->first_time_ns().value_or(0) == 0; });
  }

  void choose_events() {
    event_set ahead;
    for (const auto& file : files_) ahead.add(file->events_ahead());
    if (!events_named_) events_ = ahead.best();
    for (const auto& file : files_) file->choose_events(events_);
  }

  // The clock starts with the earliest first record of all files.
  void start() {
    started_ = true;
    choose_events();
    std::optional<std::uint64_t> earliest;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (files_[i]->advance(statistics_)) queue_.push_back(i);
      const auto first = files_[i]->first_time_ns();
      if (first && (!earliest || *first < *earliest)) earliest = first;
    }
    start_ns_ = earliest.value_or(0);
    late_clocks_ = all_begin_at_zero();
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
  event_kind events_ = event_kind::queue;
  bool events_named_ = false;
  std::uint64_t flushes_ = 0;
  std::uint64_t fuas_ = 0;
  bool late_clocks_ = false;
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
