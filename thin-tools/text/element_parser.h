// Expat for formats that consist of elements and their attributes: no text between
// them, no document type. Text is parsed as it is fed, in bounded memory.
//
// What is wrong is an error that begins with the line and the element it is in.
#pragma once

#include <expat.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "persistent-data/base/piece.h"
#include "thin-tools/text/xml_attributes.h"
#include "thin-tools/text/xml_reader.h"

namespace thin_tools {

class element_parser {
 public:
  virtual ~element_parser() = default;
  element_parser(const element_parser&) = delete;
  element_parser& operator=(const element_parser&) = delete;

 protected:
  // An element of more than so many bytes would have to be kept in memory.
  element_parser(std::uint64_t element_bytes_max, const warning_listener& warn);

  // May throw. `attributes` are expat's: names and values in turn, then null.
  virtual void start(std::string_view name, const char* const* attributes) = 0;
  virtual void end(std::string_view name) = 0;

  void feed(std::string_view text, pdata::piece which);
  // Lines that the caller has taken in itself count all the same.
  void skip_lines(std::uint64_t count) { lines_skipped_ += count; }
  std::uint64_t current_line() const;  // from 1
  // True if all that was fed has been parsed and no element or section is half open.
  bool at_boundary() const;

  // The attributes of the element; unknown ones are told to the listener.
  void take(const char* const* attributes, std::span<const attribute_rule> rules) const;

  // Calls the action; its errors get the line, and the element if there is one.
  template <class Action>
  void placing_errors(const char* element, Action action) {
    try {
      action();
    } catch (...) {
      throw_placed(element);
    }
  }

 private:
  static element_parser& self(void* user) { return *static_cast<element_parser*>(user); }
  // Expat is C: exceptions wait until it has returned.
  template <class Action>
  void guard(const char* element, Action action);
  [[noreturn]] void throw_placed(const char* element) const;
  std::uint64_t unparsed_bytes() const;
  std::string at_line() const;

  std::uint64_t element_bytes_max_;
  const warning_listener& warn_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  std::exception_ptr failure_;
  bool in_cdata_ = false;
  std::uint64_t bytes_fed_ = 0;
  std::uint64_t lines_skipped_ = 0;
};

}  // namespace thin_tools
