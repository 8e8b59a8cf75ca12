// Any text may be given to thin_restore. What is not refused is written as XML, which says the
// same when it is read.
#include <string>

#include "persistent-data/base/error.h"
#include "persistent-data/stream/stream_validator.h"
#include "tests/fuzz/demand.h"
#include "thin-tools/text/xml_reader.h"
#include "thin-tools/text/xml_writer.h"

namespace {

std::string rewritten(std::string_view xml) {
  thin_tools::string_source source(xml);
  thin_tools::string_sink text;
  thin_tools::xml_writer writer(text);
  pdata::stream_position position;
  pdata::stream_validator validator(writer, pdata::stream_order::any, &position);
  thin_tools::read_xml(source, validator, position, [](const std::string&) {});
  validator.expect_complete();
  return text.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string written;
  try {
    written = rewritten({reinterpret_cast<const char*>(data), size});
  } catch (const pdata::error&) {
    return 0;  // refused
  }
  fuzz::demand(rewritten(written) == written);  // an error would end the run
  return 0;
}
