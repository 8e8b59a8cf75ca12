#include "thin-tools/text/element_parser.h"

#include <fmt/format.h>

#include <new>
#include <type_traits>

#include "persistent-data/base/error.h"
#include "persistent-data/io/spool_file.h"

// Expat 2.9 has positions of 64 bits everywhere, and deprecates the older forms, whose
// width is that of the processor.
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
#define THIN_EXPAT(name) name##64
#else
#define THIN_EXPAT(name) name
#endif

namespace thin_tools {

template <class Action>
void element_parser::guard(const char* element, Action action) {
  if (failure_) return;
  try {
    placing_errors(element, action);
  } catch (...) {
    failure_ = std::current_exception();
    XML_StopParser(parser_.get(), XML_FALSE);
  }
}

element_parser::element_parser(std::uint64_t element_bytes_max, const warning_listener& warn)
    : element_bytes_max_(element_bytes_max),
      warn_(warn),
      parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
  if (!parser_) throw std::bad_alloc();
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(
      parser_.get(),
      [](void* user, const char* name, const char** attributes) {
        self(user).guard(name, [=] { self(user).start(name, attributes); });
      },
      [](void* user, const char* name) { self(user).guard(name, [=] { self(user).end(name); }); });
  XML_SetCharacterDataHandler(parser_.get(), [](void* user, const char* text, int length) {
    const std::string_view words(text, static_cast<std::size_t>(length));
    if (words.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    self(user).guard(nullptr, [] { throw pdata::error("unexpected text between elements"); });
  });
  XML_SetCdataSectionHandler(
      parser_.get(), [](void* user) { self(user).in_cdata_ = true; },
      [](void* user) { self(user).in_cdata_ = false; });
  XML_SetStartDoctypeDeclHandler(
      parser_.get(), [](void* user, const char*, const char*, const char*, int) {
        self(user).guard(nullptr,
                         [] { throw pdata::error("document type declarations are not accepted"); });
      });
}

void element_parser::feed(std::string_view text, pdata::piece which) {
  bytes_fed_ += text.size();
  const auto outcome = XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()),
                                 which == pdata::piece::last ? 1 : 0);
  if (failure_) std::rethrow_exception(failure_);
  if (outcome != XML_STATUS_OK)
    throw pdata::error(at_line() + XML_ErrorString(XML_GetErrorCode(parser_.get())));
  if (unparsed_bytes() > element_bytes_max_)
    throw pdata::error(at_line() + "an element is too long");
}

bool element_parser::at_boundary() const { return !in_cdata_ && unparsed_bytes() == 0; }

// Right also where expat counts in 32 bits: much less than that is ever unparsed.
std::uint64_t element_parser::unparsed_bytes() const {
  const auto parsed = THIN_EXPAT(XML_GetCurrentByteIndex)(parser_.get());
  using counted = std::make_unsigned_t<decltype(parsed + 0)>;
  return static_cast<counted>(static_cast<counted>(bytes_fed_) - static_cast<counted>(parsed));
}

void element_parser::take(const char* const* attributes,
                          std::span<const attribute_rule> rules) const {
  for (const auto& unknown : read_attributes(attributes, rules))
    warn_(fmt::format("{}ignoring unknown attribute '{}'", at_line(), unknown));
}

void element_parser::throw_placed(const char* element) const {
  try {
    throw;
  } catch (const pdata::spool_error&) {
    throw;  // no fault of the text
  } catch (const pdata::error& e) {
    const auto place = element != nullptr ? fmt::format("<{}>: ", element) : std::string();
    throw pdata::error(at_line() + place + e.what());
  }
}

std::uint64_t element_parser::current_line() const {
  return lines_skipped_ + THIN_EXPAT(XML_GetCurrentLineNumber)(parser_.get());
}

std::string element_parser::at_line() const { return fmt::format("line {}: ", current_line()); }

}  // namespace thin_tools
