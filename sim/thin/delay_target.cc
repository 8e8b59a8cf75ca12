#include "sim/thin/delay_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "sim/dm/device_mapper.h"

namespace sim {

using pdata::result;
using pdata::status;

namespace {

constexpr virtual_time one_millisecond = one_second / 1000;

struct delay_class {
  device* below = nullptr;
  sector start;
  std::uint32_t milliseconds = 0;
  unsigned waiting = 0;
};

enum class delayed : std::uint8_t { reads, writes, flushes };
constexpr std::size_t nr_classes = 3;

struct delay_line {
  std::array<delay_class, nr_classes> classes;
  std::size_t given = 0;  // so many of them
};

class delay_target : public target {
 public:
  delay_target(const place& at, delay_line line)
      : target(at),
        classes_(line.classes),
        given_(line.given),
        loop_(at.in.owner().mapper().loop()),
        timer_(loop_, [this] { send_what_is_due(); }) {
    takes_flushes_ = takes_discards_ = true;
  }

  map_result map(mapped_bio& request) override {
    auto& c = class_of(request);
    request.to = c.below;
    if (request.count != 0) request.first = request.first - begin() + c.start;
    if (c.milliseconds == 0 || !may_delay_) return map_result::remapped;
    ++c.waiting;
    waiting_.push_back({&request, &c, loop_.now() + c.milliseconds * one_millisecond});
    set_timer();
    return map_result::submitted;
  }

  void presuspend(flush_mode) override {
    may_delay_ = false;
    timer_.cancel();
    send(std::exchange(waiting_, {}));
  }
  void resume() override { may_delay_ = true; }

  std::string describe(status_kind kind, flush_mode) override {
    if (kind == status_kind::info)
      return fmt::format("{} {} {}", classes_[0].waiting, classes_[1].waiting, classes_[2].waiting);
    std::string text;
    for (std::size_t n = 0; n < given_; ++n) {
      const auto& c = classes_[n];
      text += fmt::format("{}{} {} {}", n == 0 ? "" : " ", to_string(c.below->number()), c.start,
                          c.milliseconds);
    }
    return text;
  }

  bool any_device(const device_visitor& visit) override {
    return std::ranges::any_of(
        classes_, [&](const delay_class& c) { return visit(*c.below, c.start, length()); });
  }

 private:
  struct waiting_request {
    mapped_bio* request;
    delay_class* of;
    virtual_time due;
  };
  using request_list = std::deque<waiting_request>;

  delay_class& class_of(const mapped_bio& request) {
    auto which = delayed::reads;
    if (request.is_write()) which = request.preflush ? delayed::flushes : delayed::writes;
    return classes_[static_cast<std::size_t>(which)];
  }

  void set_timer() {
    if (waiting_.empty()) return;
    timer_.cancel();
    timer_.start(std::ranges::min_element(waiting_, {}, &waiting_request::due)->due - loop_.now());
  }

  // In the order in which they came.
  static void send(const request_list& requests) {
    for (const auto& r : requests) {
      --r.of->waiting;
      submit(*r.request->to, *r.request);
    }
  }

  void send_what_is_due() {
    request_list due;
    std::erase_if(waiting_, [&](const waiting_request& r) {
      if (r.due > loop_.now()) return false;
      due.push_back(r);
      return true;
    });
    set_timer();
    send(due);
  }

  std::array<delay_class, nr_classes> classes_;
  std::size_t given_;
  event_loop& loop_;
  timer timer_;
  request_list waiting_;
  bool may_delay_ = true;
};

class delay_target_type : public target_type {
 public:
  delay_target_type() : target_type("delay", {}) {}

  // For reads, and perhaps for writes, and perhaps for flushes: a device, a sector and
  // milliseconds.
  result<std::unique_ptr<target>> construct(const target::place& at,
                                            std::span<const std::string> arguments) override {
    constexpr std::size_t words = 3;
    delay_line line;
    line.given = arguments.size() / words;
    if (arguments.size() % words != 0 || line.given < 1 || line.given > nr_classes)
      return status(EINVAL);
    for (std::size_t n = 0; n < nr_classes; ++n) {
      const auto c = read_class(at.in, arguments.subspan(words * std::min(n, line.given - 1)));
      if (!c.ok()) return c.failure();
      line.classes[n] = *c;
    }
    return std::unique_ptr<target>(std::make_unique<delay_target>(at, line));
  }

 private:
  static result<delay_class> read_class(table& in, std::span<const std::string> words) {
    const auto start = parse_first_sector(words[1]);
    const auto milliseconds = parse_unsigned(words[2]);
    if (!start || !milliseconds) return status(EINVAL);
    const auto below = in.get_device(words[0], device_access::read_write);
    if (!below.ok()) return below.failure();
    return delay_class{*below, *start, *milliseconds};
  }
};

}  // namespace

std::unique_ptr<target_type> delay_type() { return std::make_unique<delay_target_type>(); }

}  // namespace sim
