#include "sim/trace/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "persistent-data/base/error.h"
#include "sim/trace/prefixed_source.h"
#include "sim/trace/text_fields.h"
#include "sim/trace/trace_file.h"

namespace sim::trace {

namespace {

class merging_reader final : public trace_reader {
 public:
  // A file with nothing in it is no error where others have something: blktrace makes one for
  // each processor.
  void add(std::string name, std::unique_ptr<byte_source> source, const trace_options& options) {
    auto head = take_head(*source, 1);
    if (head.empty()) {
      if (!source->damage().empty())
        throw pdata::error(fmt::format("Trace '{}': {}", name, source->damage()));
      empty_.push_back(std::move(name));
      return;
    }
    source = std::make_unique<prefixed_source>(std::move(head), std::move(source));
    events_named_ = options.events.has_value();
    events_ = options.events.value_or(event_kind::queue);
    const auto number = static_cast<std::uint32_t>(files_.size());
    files_.push_back(std::make_unique<trace_file>(std::move(name), std::move(source), options,
                                                  devices_, number));
    const trace_format format = files_.back()->format();
    if (std::ranges::find(formats_, format, &format_group::format) == formats_.end())
      formats_.push_back({format, event_kind::queue, 0});
  }

  // All files are added.
  void require_some() const {
    if (files_.empty() && !empty_.empty())
      throw pdata::error(fmt::format("Trace '{}' is empty", empty_.front()));
  }

  bool next(io_request& request) override {
    if (!started_) start();
    if (queue_.empty()) {
      for (const format_group& group : formats_) check_balance(group);
      return false;
    }
    trace_file& file = *files_[queue_.front()];
    request = file.front();
    set_time(request, file);
    if (queue_.size() == 1)
      refresh_only(file);
    else
      refresh_first(file);
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
    for (const format_group& group : formats_) {
      all.format += (all.format.empty() ? "" : ", ") + std::string(name_of(group.format));
      all.format_words +=
          (all.format_words.empty() ? "" : "; ") + std::string(words_of(group.format));
      const auto& first = **std::ranges::find(files_, group.format,
                                              [](const auto& file) { return file->format(); });
      for (described_column& c : first.parser().columns()) {
        if (formats_.size() > 1) c.name = fmt::format("{} of {}", c.name, name_of(group.format));
        all.columns.push_back(std::move(c));
      }
    }
    all.used = statistics_.requests;
    all.skipped = statistics_.skipped;
    all.damaged = statistics_.damaged;
    all.read = all.used + all.skipped + all.damaged;
    std::uint64_t widened = 0;
    for (const auto& file : files_) {
      for (const lost_records& lost : file->parser().lost()) add_lost(all, lost);
      for (const std::string& note : file->parser().notes()) add_note(all, note);
      widened += file->parser().widened();
    }
    if (widened != 0)
      add_note(
          all,
          widened == 1
              ? std::string("1 request does not cover whole sectors of 512 bytes: it is widened "
                            "to those that it touches.")
              : fmt::format("{} requests do not cover whole sectors of 512 bytes: they are "
                            "widened to those that they touch.",
                            widened));
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
  // Files of one format have one clock, and one kind of events that are their requests.
  struct format_group {
    trace_format format;
    event_kind events;
    std::uint64_t start_ns;
  };

  // Of equal times the file named first comes first, whatever was read when.
  bool later(std::size_t a, std::size_t b) const {
    const std::uint64_t time_a = files_[a]->front_time_ns();
    const std::uint64_t time_b = files_[b]->front_time_ns();
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

  // One request is queued once, and issued a few times where it is split or flushes first. Far
  // more issue than queue events: most requests were traced without the latter.
  void check_balance(const format_group& group) const {
    constexpr std::uint64_t issues_max = 64;  // of one request, and of few
    if (events_named_ || !has_events(group.format) || group.events != event_kind::queue) return;
    std::uint64_t queued = 0;
    std::uint64_t issued = 0;
    for (const auto& file : files_) {
      if (file->format() != group.format) continue;
      queued += file->parser().events_seen(event_kind::queue);
      issued += file->parser().events_seen(event_kind::issue);
    }
    if (issued / issues_max <= queued) return;
    throw pdata::error(fmt::format(
        "the trace has {} issue events and only {} queue events: say with --events issue or "
        "--events queue which of them are the requests",
        issued, queued));
  }

  void add_event_notes(trace_description& all, const format_group& group) const {
    if (!has_events(group.format) || group.events == event_kind::queue) return;
    add_note(all, fmt::format("Requests are the {} events{}: what was merged or split before "
                              "is seen as the driver saw it.",
                              name_of(group.events),
                              events_named_ ? "" : ", since there are no queue events"));
    if (group.events == event_kind::complete) add_note(all, "Times are those of completions.");
  }

  // A binary file is what one processor saw: others may have the requests that it lacks.
  void add_silent_file(trace_description& all, const trace_file& file) const {
    if (!has_events(file.format()) || file.format() == trace_format::blktrace) return;
    const event_kind kind = group_of(file).events;
    if (file.events_ahead().any() && !file.events_ahead().has(kind))
      add_note(all, fmt::format("'{}' begins without {} events, which are the requests of other "
                                "files: say --events if it has others.",
                                file.name(), name_of(kind)));
  }

  // blktrace writes NAME.blktrace.N for each processor: a number that is left out.
  void add_absent_processors(trace_description& all) const {
    std::map<std::string, std::set<std::uint64_t>> numbers;
    const auto add = [&](const std::string& name) {
      constexpr std::string_view mark = ".blktrace.";
      const std::size_t at = name.rfind(mark);
      if (at == std::string::npos) return;
      std::string_view rest = std::string_view(name).substr(at + mark.size());
      if (const auto number = decimal(rest.substr(0, rest.find('.'))))
        numbers[name.substr(0, at)].insert(*number);
    };
    for (const auto& file : files_) add(file->name());
    for (const std::string& name : empty_) add(name);
    for (const auto& [name, there] : numbers) {
      std::uint64_t expected = 0;
      for (const std::uint64_t number : there) {
        if (number != expected)
          add_note(all, fmt::format("'{}.blktrace.{}' is not among the files: what that processor "
                                    "recorded is not replayed.",
                                    name, expected));
        expected = number + 1;
      }
    }
  }

  void add_own_notes(trace_description& all) const {
    for (const format_group& group : formats_) add_event_notes(all, group);
    for (const auto& file : files_) add_silent_file(all, *file);
    for (const std::string& name : empty_) add_note(all, fmt::format("'{}' is empty.", name));
    add_absent_processors(all);
    if (formats_.size() > 1)
      add_note(all, have_dates_ ? "The files are of several formats and merged by the dates that "
                                  "they have."
                                : "The files are of several formats, whose clocks have nothing in "
                                  "common: they are merged as if their recordings had begun "
                                  "together.");
    if (std::ranges::any_of(files_, [](const auto& f) { return f->parser().may_lack_fua(); }) &&
        flushes_ != 0 && fuas_ == 0)
      add_note(all,
               "There are flushes and no FUA writes. A kernel of the 7 series leaves FUA writes "
               "out of what version 1 of its interface records (thin-traces(7)): if it was traced "
               "so, they are missing here.");
    if (late_clocks_)
      add_note(all,
               "Each file's clock begins at 0: the files were printed one by one, and are merged "
               "as if their recordings had begun together.");
    if (statistics_.late != 0)
      add_note(all, statistics_.late == 1
                        ? std::string("1 request has a time before its predecessor's: it happens "
                                      "at that time.")
                        : fmt::format("{} requests have a time before their predecessor's: they "
                                      "happen at its time.",
                                      statistics_.late));
  }

  // blkparse prints times since the first event of what it was given.
  bool all_begin_at_zero() const {
    return files_.size() > 1 && files_.front()->format() == trace_format::blkparse &&
           std::ranges::all_of(
               files_, [](const auto& file) { return file->first_time_ns().value_or(0) == 0; });
  }

  format_group& group_of(const trace_file& file) {
    return *std::ranges::find(formats_, file.format(), &format_group::format);
  }
  const format_group& group_of(const trace_file& file) const {
    return *std::ranges::find(formats_, file.format(), &format_group::format);
  }

  void choose_events() {
    for (format_group& group : formats_) {
      event_set ahead;
      for (const auto& file : files_)
        if (file->format() == group.format) ahead.add(file->events_ahead());
      group.events = events_named_ ? events_ : ahead.best();
    }
    for (const auto& file : files_) file->choose_events(group_of(*file).events);
  }

  // A clock starts with the earliest first record of all files of its format; of all files, if
  // all have dates.
  void start_clocks() {
    for (format_group& group : formats_) {
      std::optional<std::uint64_t> earliest;
      for (const auto& file : files_) {
        const auto first = file->first_time_ns();
        if (file->format() == group.format && first && (!earliest || *first < *earliest))
          earliest = first;
      }
      group.start_ns = earliest.value_or(0);
    }
    constexpr std::uint64_t year_2001_ns = 978'307'200'000'000'000;
    constexpr std::uint64_t year_2100_ns = 4'102'444'800'000'000'000;
    have_dates_ = std::ranges::all_of(formats_, [](const format_group& group) {
      return group.start_ns >= year_2001_ns && group.start_ns <= year_2100_ns;
    });
    const auto earliest = std::ranges::min(formats_, {}, &format_group::start_ns).start_ns;
    for (const auto& file : files_)
      file->start_clock(have_dates_ ? earliest : group_of(*file).start_ns);
  }

  void start() {
    started_ = true;
    choose_events();
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (files_[i]->advance(statistics_)) queue_.push_back(i);
    start_clocks();
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

  void set_time(io_request& request, const trace_file& file) {
    const std::uint64_t time_ns = file.front_time_ns();
    if (time_ns < now_ns_ || file.is_before_start()) ++statistics_.late;
    now_ns_ = std::max(now_ns_, time_ns);
    request.time_ns = now_ns_;
  }

  device_table devices_;
  trace_statistics statistics_;
  std::vector<std::unique_ptr<trace_file>> files_;
  std::vector<std::string> empty_;     // names of files with nothing in them
  std::vector<std::size_t> queue_;     // a heap of files with a request at front(), earliest first
  std::vector<format_group> formats_;  // in the order in which the files name them
  event_kind events_ = event_kind::queue;
  bool events_named_ = false;
  bool have_dates_ = false;
  std::uint64_t flushes_ = 0;
  std::uint64_t fuas_ = 0;
  bool late_clocks_ = false;
  bool started_ = false;
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
  reader->require_some();
  return reader;
}

std::unique_ptr<trace_reader> open_trace_bytes(std::span<const std::byte> bytes,
                                               const trace_options& options) {
  auto reader = std::make_unique<merging_reader>();
  reader->add("memory", memory_source(bytes), options);
  reader->require_some();
  return reader;
}

}  // namespace sim::trace
